/** Makes the pages of {@code docs} a site, and the page of all keys of the configuration. Not published. */
@NullMarked
package io.clustrix.site;

import org.jspecify.annotations.NullMarked;
