package pennyweight.converter.run;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.work.Workers;
import pennyweight.formats.Bytes;
import pennyweight.formats.Refusal;
import pennyweight.formats.io.InputFile;

/** The files of a run, by their paths: created, kept on the disk, digested. */
final class OutputFiles implements Closeable {
    private static final long SYNC_MILLIS = 300;

    private final Map<Path, GrowingFile> growing = new HashMap<>();

    /** What to digest: the path of each file, and that below its output folder. */
    private record Written(Path path, Path below) {}

    private final List<Written> all = new ArrayList<>();

    /** Creates the files of a target in {@code folder}, each with all of it that is known yet. */
    void create(TargetPlan target, Path folder) {
        Map<Path, List<Plane>> planes =
                target.tensors().stream()
                        .flatMap(t -> t.planes().stream())
                        .collect(Collectors.groupingBy(Plane::file));
        for (PlannedFile file : target.files()) {
            Path path = folder.resolve(file.path());
            createFolders(folder, file.path());
            List<Plane> own = planes.getOrDefault(file.path(), List.of());
            switch (file) {
                case PlannedFile.Copy copy -> copy(copy.source(), path);
                case PlannedFile.Whole whole -> create(path, whole.bytes(), whole.content(), own);
                case PlannedFile.Tensors tensors ->
                        create(path, tensors.bytes(), tensors.head(), own);
            }
            all.add(new Written(path, file.path()));
        }
    }

    private void create(Path path, long bytes, Bytes head, List<Plane> planes) {
        growing.put(path, GrowingFile.create(path, bytes, head, planes));
    }

    private static void copy(Path source, Path path) {
        try {
            Files.copy(source, path);
        } catch (IOException e) {
            throw Refusal.couldNotWrite(path, e);
        }
    }

    /**
     * Makes the folders that a file stands in below {@code root}, but never the root: a run that is
     * being stopped removes it, and it must not come back.
     */
    private static void createFolders(Path root, Path file) {
        Path folder = root;
        try {
            for (int i = 0; i < file.getNameCount() - 1; i++) {
                folder = folder.resolve(file.getName(i));
                if (!Files.isDirectory(folder)) {
                    Files.createDirectory(folder);
                }
            }
        } catch (IOException e) {
            throw Refusal.couldNotWrite(root.resolve(file), e);
        }
    }

    /** Where a plane is written, of a target that was created in {@code folder}. */
    GrowingFile.Place place(Path folder, Plane plane) {
        GrowingFile file = growing.get(folder.resolve(plane.file()));
        if (file == null) {
            throw new IllegalArgumentException(plane + " is in no planned file");
        }
        return file.place(plane);
    }

    /**
     * Brings to the disk what was written so far, again and again, so that little is left to wait
     * for at the end; and the rest when all is written, unless writing failed.
     */
    void keepOnDisk(CompletableFuture<Boolean> written) {
        boolean last = false;
        while (!last) {
            try {
                if (!written.get(SYNC_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
                last = true;
            } catch (TimeoutException e) {
                last = false;
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("nobody interrupts or fails this", e);
            }
            growing.values().forEach(GrowingFile::sync);
        }
    }

    /** The digests of all files, by their paths; to be called when all is written. */
    Map<Path, FileDigest> digests(Workers workers) {
        Map<Path, FileDigest> digests = new ConcurrentHashMap<>();
        workers.forEach(
                all.size(),
                (worker, i) -> {
                    Written file = all.get(i);
                    digests.put(file.path, digest(file));
                });
        return digests;
    }

    private FileDigest digest(Written file) {
        GrowingFile known = growing.get(file.path);
        if (known != null) {
            return new FileDigest(file.below, known.size(), known.sha256());
        }
        try (InputFile input = InputFile.open(file.path)) {
            return new FileDigest(file.below, input.size(), input.sha256());
        }
    }

    @Override
    public void close() {
        growing.values().forEach(GrowingFile::close);
    }
}
