package pennyweight.converter.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pennyweight.converter.run.FileDigest;
import pennyweight.converter.work.Folders;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** What stands in an output folder before a run, and whether it may be replaced. */
public final class EarlierResult {
    public static final String REPORT = "report.json";
    public static final String SUMS = "SHA256SUMS";

    /** A line of sha256sum: the digest, two spaces, the path. */
    private static final Pattern SUM = Pattern.compile("[0-9a-f]{64}  (.+)");

    private EarlierResult() {}

    /**
     * The files of an earlier result of ours, which may go.
     *
     * @param settings of the run to come: an earlier result of the same is replaced, all else needs
     *     {@code force}
     * @throws Refusal if the folder holds something else and {@code force} is not given
     */
    public static Set<Path> check(Path folder, JsonNode settings, boolean force) {
        if (!Files.exists(folder)) {
            return Set.of();
        }
        if (!Files.isDirectory(folder)) {
            throw Refusal.couldNotWrite(folder, "is a file", "choose another --out", null);
        }
        List<Path> found = Folders.files(folder).stream().map(folder::relativize).toList();
        Set<Path> own = own(folder);
        boolean same = own.containsAll(found) && settings.equals(report(folder).path("settings"));
        if (!found.isEmpty() && !same && !force) {
            boolean ours = own.containsAll(found);
            throw Refusal.couldNotWrite(
                    folder,
                    ours
                            ? "holds an earlier result of other settings"
                            : "is not empty and holds more than an earlier result of this tool",
                    ours
                            ? "give --force to replace it, or choose another --out"
                            : "give --force to add to it, or choose another --out",
                    null);
        }
        return own;
    }

    /**
     * Leaves in {@code folder} what a later run knows it by: the report, and the digests of the
     * files.
     */
    public static void write(Path folder, String report, List<FileDigest> files) {
        write(folder.resolve(REPORT), report);
        StringBuilder sums = new StringBuilder();
        files.forEach(f -> sums.append(f.line()));
        write(folder.resolve(SUMS), sums.toString());
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw Refusal.couldNotWrite(file, e);
        }
    }

    private static JsonNode report(Path folder) {
        Path report = folder.resolve(REPORT);
        try {
            return Files.isRegularFile(report)
                    ? Json.read(Files.readAllBytes(report), 0)
                    : MissingNode.getInstance();
        } catch (IOException | JacksonException e) {
            // Whatever this is, it is no report of ours.
            return MissingNode.getInstance();
        }
    }

    private static Set<Path> own(Path folder) {
        if (!report(folder).path("schema").asString("").equals(Report.SCHEMA)) {
            return Set.of();
        }
        Set<Path> own = new HashSet<>(Set.of(Path.of(REPORT), Path.of(SUMS)));
        Path sums = folder.resolve(SUMS);
        try {
            if (Files.isRegularFile(sums)) {
                for (String line : Files.readAllLines(sums)) {
                    Matcher m = SUM.matcher(line);
                    if (m.matches()) {
                        own.add(Path.of(m.group(1)));
                    }
                }
            }
        } catch (IOException e) {
            throw Refusal.badInput(
                    sums, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        }
        return own;
    }
}
