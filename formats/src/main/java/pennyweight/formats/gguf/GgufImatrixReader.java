package pennyweight.formats.gguf;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/**
 * Reads an importance matrix from GGUF: {@code NAME.in_sum2 [matrices, columns]}, the sums of
 * squares, and {@code NAME.counts [matrices, 1]}, the numbers of rows summed, both F32.
 */
final class GgufImatrixReader {
    static final String TYPE = "imatrix";

    private static final String SUMS = ".in_sum2";
    private static final String COUNTS = ".counts";

    private final GgufFile file;
    private final InputFile input;

    GgufImatrixReader(GgufFile file) {
        this.file = file;
        this.input = file.input();
    }

    ImatrixFile read() {
        GgufMetadata metadata = file.metadata();
        // llama-quantize wants these three and does not ask for general.type.
        if (!ImatrixFile.isImatrix(metadata) && metadata.find("imatrix.datasets").isEmpty()) {
            throw Refusal.badInput(
                    input.path(),
                    "is a GGUF file, but no importance matrix",
                    "give the file that llama-imatrix wrote");
        }
        SequencedMap<String, ImatrixEntry> entries = new LinkedHashMap<>();
        for (GgufTensor t : file.tensors()) {
            if (t.name().endsWith(SUMS)) {
                String name = base(t, SUMS);
                entries.put(name, entry(name, t, partner(t, name + COUNTS)));
            } else if (t.name().endsWith(COUNTS)) {
                partner(t, base(t, COUNTS) + SUMS);
            }
        }
        if (entries.isEmpty()) {
            throw Refusal.badInput(input.path(), "has no entries", ImatrixValues.REMEDY);
        }
        return new ImatrixFile(
                input.path(),
                ImatrixFile.Form.GGUF,
                metadata.strings("imatrix.datasets"),
                metadata.u32("imatrix.chunk_count"),
                metadata.u32("imatrix.chunk_size"),
                entries);
    }

    private static String base(GgufTensor t, String suffix) {
        return t.name().substring(0, t.name().length() - suffix.length());
    }

    private GgufTensor partner(GgufTensor t, String name) {
        return file.tensor(name).orElseThrow(() -> refuse(t, "is there without " + name));
    }

    private ImatrixEntry entry(String name, GgufTensor sums, GgufTensor counts) {
        float[] values = floats(sums);
        float[] rows = floats(counts);
        if (values.length % rows.length != 0) {
            throw refuse(
                    sums,
                    "has "
                            + values.length
                            + " sums for "
                            + rows.length
                            + " matrices, which must have as many columns each");
        }
        int columns = values.length / rows.length;
        long most = 0;
        int unseen = 0;
        for (int m = 0; m < rows.length; m++) {
            // C's lround, which for numbers that are not negative is the same.
            long count = Math.round((double) rows[m]);
            most = Math.max(most, count);
            unseen += count == 0 ? 1 : 0;
            for (int i = m * columns; i < (m + 1) * columns; i++) {
                values[i] = count > 0 ? values[i] / (float) count : 1;
            }
        }
        return new ImatrixEntry(name, rows.length, values, most, unseen, sums.offset());
    }

    private float[] floats(GgufTensor t) {
        if (t.type() != GgufType.F32) {
            throw refuse(t, "is of type " + t.type() + ", not F32");
        }
        long count = t.bytes() / Float.BYTES;
        if (count > Integer.MAX_VALUE - 8) {
            throw refuse(t, "has " + count + " numbers, more than any tensor has columns");
        }
        return ImatrixValues.read(input, t.name(), t.offset(), (int) count);
    }

    private Refusal refuse(GgufTensor t, String problem) {
        return Refusal.badTensor(
                input.path(), HeaderCursor.shown(t.name()), problem, ImatrixValues.REMEDY);
    }
}
