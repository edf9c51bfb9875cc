/** What a model means: roles, families, the operations that a forward pass is written in. */
@NullMarked
package pennyweight.converter.model;

import org.jspecify.annotations.NullMarked;
