/** What the pages show, and the programs of {@code examples}, on real clusters. */
@NullMarked
package io.clustrix.it.docs;

import org.jspecify.annotations.NullMarked;
