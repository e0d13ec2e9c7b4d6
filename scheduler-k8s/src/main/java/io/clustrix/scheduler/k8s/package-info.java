/** Jobs in the pods of a Kubernetes cluster. */
@NullMarked
package io.clustrix.scheduler.k8s;

import org.jspecify.annotations.NullMarked;
