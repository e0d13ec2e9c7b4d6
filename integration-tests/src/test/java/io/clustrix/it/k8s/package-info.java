/** What becomes of jobs on a real Kubernetes. */
@NullMarked
package io.clustrix.it.k8s;

import org.jspecify.annotations.NullMarked;
