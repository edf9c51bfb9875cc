package pennyweight.formats.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import pennyweight.formats.Refusal;

/**
 * The fields of a protobuf, one by one: no length in it can ask for more than the file has. Every
 * complaint is a {@link Refusal} that names the file.
 */
final class ProtoReader {
    /** A graph nests by three (graph, node, attribute); a Scan's body is the deepest we know. */
    private static final int DEEPEST = 24;

    /** A message of two bytes costs a hundred of memory; a real graph has some ten thousand. */
    private static final int MOST_MESSAGES = 2_000_000;

    private final Path file;
    private final CodedInputStream in;
    private int tag;
    private int depth;
    private int messages;

    ProtoReader(Path file, byte[] bytes) {
        this.file = file;
        this.in = CodedInputStream.newInstance(bytes);
    }

    /** Reads a file that is too large to be held: what is skipped takes no memory. */
    ProtoReader(Path file, InputStream stream) {
        this.file = file;
        this.in = CodedInputStream.newInstance(stream);
    }

    /** Hands each field's number to {@code field}, which must take or {@link #skip} its value. */
    void fields(IntConsumer field) {
        try {
            while (!in.isAtEnd()) {
                tag = in.readTag();
                field.accept(WireFormat.getTagFieldNumber(tag));
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** The current value is a message: hands each of its fields to {@code field}. */
    void message(IntConsumer field) {
        expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
        if (++depth > DEEPEST) {
            throw refuse("messages nest deeper than " + DEEPEST);
        }
        if (++messages > MOST_MESSAGES) {
            throw refuse("more than " + MOST_MESSAGES + " messages");
        }
        try {
            int limit = in.pushLimit(in.readRawVarint32());
            fields(field);
            in.popLimit(limit);
        } catch (IOException e) {
            throw broken(e);
        }
        depth--;
    }

    long varint() {
        expect(WireFormat.WIRETYPE_VARINT);
        try {
            return in.readRawVarint64();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    float fixed32() {
        expect(WireFormat.WIRETYPE_FIXED32);
        try {
            return in.readFloat();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    String text() {
        expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
        try {
            return in.readStringRequireUtf8();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    byte[] bytes() {
        expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
        try {
            return in.readByteArray();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Passes over a value of bytes; returns how many they are. */
    int skipBytes() {
        expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
        try {
            int length = in.readRawVarint32();
            in.skipRawBytes(length);
            return length;
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Adds one integer, or a packed run of them. */
    void longs(List<Long> to) {
        try {
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                int limit = in.pushLimit(in.readRawVarint32());
                while (!in.isAtEnd()) {
                    to.add(in.readRawVarint64());
                }
                in.popLimit(limit);
            } else {
                to.add(varint());
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Adds one float32, or a packed run of them. */
    void floats(List<Float> to) {
        try {
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                int limit = in.pushLimit(in.readRawVarint32());
                while (!in.isAtEnd()) {
                    to.add(in.readFloat());
                }
                in.popLimit(limit);
            } else {
                to.add(fixed32());
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    void skip() {
        try {
            if (!in.skipField(tag)) {
                throw refuse("a group ends that never began");
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    Refusal refuse(String problem) {
        return Refusal.badInput(
                file, "is no sound ONNX graph (" + problem + ")", "write or download it again");
    }

    private void expect(int wireType) {
        if (WireFormat.getTagWireType(tag) != wireType) {
            throw refuse(
                    "field "
                            + WireFormat.getTagFieldNumber(tag)
                            + " has wire type "
                            + WireFormat.getTagWireType(tag)
                            + ", not "
                            + wireType);
        }
    }

    private Refusal broken(IOException e) {
        return Refusal.badInput(
                file, "is no sound ONNX graph (broken protobuf)", "write or download it again", e);
    }
}
