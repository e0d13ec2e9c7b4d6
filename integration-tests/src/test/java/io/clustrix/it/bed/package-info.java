/**
 * The test bed as tests see it: real schedulers and sshd, which testbed/up starts. Without them its tests are skipped.
 */
@NullMarked
package io.clustrix.it.bed;

import org.jspecify.annotations.NullMarked;
