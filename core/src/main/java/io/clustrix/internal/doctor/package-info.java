/** The checks of {@link io.clustrix.doctor.Doctor}. */
@NullMarked
package io.clustrix.internal.doctor;

import org.jspecify.annotations.NullMarked;
