/** Tests of the checks. */
@NullMarked
package io.clustrix.internal.doctor;

import org.jspecify.annotations.NullMarked;
