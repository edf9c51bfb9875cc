package pennyweight.converter.work;

import java.util.Arrays;
import pennyweight.quantizer.encoding.Encoding;

/** Arrays for the planes of encoded rows, kept from tile to tile: what one worker has. */
public final class PlaneBuffers {
    private byte[][] planes = new byte[0][];

    /**
     * An array for each plane of {@code encoding}, at least as long as {@code rows} rows of {@code
     * columns} numbers need. What they hold is of the last use.
     */
    public byte[][] of(Encoding encoding, int rows, int columns) {
        if (planes.length < encoding.planes()) {
            int had = planes.length;
            planes = Arrays.copyOf(planes, encoding.planes());
            Arrays.fill(planes, had, planes.length, new byte[0]);
        }
        for (int p = 0; p < encoding.planes(); p++) {
            int bytes = Math.toIntExact(rows * encoding.rowBytes(p, columns));
            if (planes[p].length < bytes) {
                planes[p] = new byte[bytes];
            }
        }
        return planes;
    }
}
