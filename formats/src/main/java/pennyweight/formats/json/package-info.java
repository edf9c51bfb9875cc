/** JSON files that come from elsewhere: read strictly, refused in one line. */
@NullMarked
package pennyweight.formats.json;

import org.jspecify.annotations.NullMarked;
