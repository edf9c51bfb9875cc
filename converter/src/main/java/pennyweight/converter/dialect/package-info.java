/**
 * Naming worlds of equal rank: how each names a role and stores its numbers. Any pair gives a
 * transform.
 */
@NullMarked
package pennyweight.converter.dialect;

import org.jspecify.annotations.NullMarked;
