/** Reports of runs: what ran when, what it asked for and used, and why it failed; as a page, as JSON and as text. */
@NullMarked
package io.clustrix.report;

import org.jspecify.annotations.NullMarked;
