/** Metrics of jobs and tasks for Micrometer. */
@NullMarked
package io.clustrix.micrometer;

import org.jspecify.annotations.NullMarked;
