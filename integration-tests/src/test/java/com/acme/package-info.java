/** A user's programs: their code is looked into for I/O, as that of {@code io.clustrix} is not. */
@NullMarked
package com.acme;

import org.jspecify.annotations.NullMarked;
