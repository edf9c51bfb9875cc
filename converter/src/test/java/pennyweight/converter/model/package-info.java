@NullMarked
package pennyweight.converter.model;

import org.jspecify.annotations.NullMarked;
