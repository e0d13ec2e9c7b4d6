/** Tests of what goes to Kubernetes and what comes back. */
@NullMarked
package io.clustrix.scheduler.k8s;

import org.jspecify.annotations.NullMarked;
