/**
 * The hot loops, each with a scalar edition that defines it and a vector edition that gives the
 * same bits.
 */
@NullMarked
package pennyweight.quantizer.kernel;

import org.jspecify.annotations.NullMarked;
