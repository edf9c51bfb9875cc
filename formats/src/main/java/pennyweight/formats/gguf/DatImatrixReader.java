package pennyweight.formats.gguf;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/**
 * Reads the older form of importance matrices, all numbers of 32 bits: the number of entries; for
 * each the name's length and bytes, the number of chunks, the number of values, and the mean
 * squares times the number of chunks; at the end, where present, the number of chunks of the whole
 * and the length and bytes of the dataset's name.
 */
final class DatImatrixReader {
    /** Far beyond the names of tensors, which have 63 bytes at most. */
    private static final int MAX_NAME_BYTES = 1024;

    /** A length, a letter, two numbers and a value. */
    private static final int MIN_ENTRY_BYTES = 4 + 1 + 4 + 4 + 4;

    private final InputFile input;
    private final HeaderCursor in;

    DatImatrixReader(InputFile input) {
        this.input = input;
        this.in = HeaderCursor.unlimited(input);
    }

    /** Whether the first entry's name can be one: the form has no magic number. */
    static boolean recognises(InputFile input) {
        if (input.size() < 4 + MIN_ENTRY_BYTES) {
            return false;
        }
        byte[] start = input.read(0, 8);
        int entries = LittleEndian.i32(start, 0);
        int length = LittleEndian.i32(start, 4);
        if (entries < 1
                || entries > input.size() / MIN_ENTRY_BYTES
                || length < 1
                || length > Math.min(MAX_NAME_BYTES, input.size() - 16)) {
            return false;
        }
        String name = new String(input.read(8, length), StandardCharsets.UTF_8);
        return name.codePoints().noneMatch(c -> Character.isISOControl(c) || c == 0xFFFD);
    }

    ImatrixFile read() {
        if (!recognises(input)) {
            throw Refusal.badInput(
                    input.path(),
                    "is no importance matrix",
                    "give the file that llama-imatrix wrote");
        }
        int count = in.i32("number of entries");
        in.require(count, MIN_ENTRY_BYTES, "list of entries");
        SequencedMap<String, ImatrixEntry> entries = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            ImatrixEntry entry = entry(i);
            if (entries.put(entry.name(), entry) != null) {
                throw refuse(
                        "entry "
                                + i
                                + ", "
                                + HeaderCursor.shown(entry.name())
                                + ", is there twice");
            }
        }
        int chunks = in.hasMore() ? in.i32("number of chunks") : 0;
        if (chunks < 0) {
            throw refuse("the number of chunks is " + chunks);
        }
        String dataset = in.hasMore() ? dataset() : "";
        return new ImatrixFile(
                input.path(),
                ImatrixFile.Form.DAT,
                dataset.isEmpty() ? List.of() : List.of(dataset),
                chunks,
                0,
                entries);
    }

    private String dataset() {
        int length = in.i32("name of the dataset");
        return in.string(Math.max(0, length), "name of the dataset");
    }

    private ImatrixEntry entry(int i) {
        String what = "entry " + i;
        int length = in.i32(what);
        if (length < 1 || length > MAX_NAME_BYTES) {
            throw refuse(what + " has a name of " + length + " bytes");
        }
        String name = in.string(length, what);
        String shown = what + ", " + HeaderCursor.shown(name);
        int calls = in.i32(shown);
        int count = in.i32(shown);
        if (calls < 0 || count < 1) {
            throw refuse(shown + ", has " + count + " values of " + calls + " chunks");
        }
        long offset = in.skip((long) Float.BYTES * count, shown);
        float[] values = ImatrixValues.read(input, name, offset, count);
        for (int j = 0; calls > 0 && j < count; j++) {
            values[j] /= calls;
        }
        return new ImatrixEntry(name, 1, values, calls, 0, offset);
    }

    private Refusal refuse(String problem) {
        return Refusal.badInput(input.path(), problem, ImatrixValues.REMEDY);
    }
}
