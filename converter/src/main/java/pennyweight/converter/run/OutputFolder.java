package pennyweight.converter.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.work.Folders;
import pennyweight.formats.Refusal;

/**
 * A folder that appears under its name only when it is whole. Everything is written into a staging
 * folder beside it and renamed at the end; a run that is stopped leaves nothing. A lock keeps two
 * runs apart.
 */
public final class OutputFolder implements AutoCloseable {
    private static final int DELETE_ATTEMPTS = 20;

    private final Path folder;
    private final Path staging;
    private final Path lockFile;
    private final FileChannel channel;
    private final FileLock lock;
    private boolean discarded;
    private boolean published;

    private OutputFolder(
            Path folder, Path staging, Path lockFile, FileChannel channel, FileLock lock) {
        this.folder = folder;
        this.staging = staging;
        this.lockFile = lockFile;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the lock and makes an empty staging folder.
     *
     * @throws Refusal if another run holds the folder, or its parent cannot be written
     */
    public static OutputFolder begin(Path target) {
        Path folder = target.toAbsolutePath().normalize();
        Path parent = folder.getParent();
        Path name = folder.getFileName();
        if (parent == null || name == null) {
            throw Refusal.couldNotWrite(
                    folder, "is the root of a file system", "name a folder below it", null);
        }
        try {
            Files.createDirectories(parent);
        } catch (IOException e) {
            throw failed(parent, e);
        }
        Path lockFile = parent.resolve("." + name + ".lock");
        while (true) {
            OutputFolder taken = tryTake(folder, parent.resolve("." + name + ".part"), lockFile);
            if (taken != null) {
                return taken;
            }
        }
    }

    /**
     * Nothing where the lock file was removed under us by the run that held it: take the new one
     * then.
     */
    private static @Nullable OutputFolder tryTake(Path folder, Path staging, Path lockFile) {
        FileChannel channel = null;
        try {
            channel =
                    FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw Refusal.couldNotWrite(
                        folder,
                        "another run is writing it",
                        "wait for that run, or choose another --out",
                        null);
            }
            // A removed file can be locked too: only where a mark shows under the name is this the
            // lock.
            String mark = ProcessHandle.current().pid() + " " + System.nanoTime();
            channel.write(ByteBuffer.wrap(mark.getBytes(StandardCharsets.US_ASCII)), 0);
            if (!Files.exists(lockFile) || !Files.readString(lockFile).equals(mark)) {
                channel.close();
                return null;
            }
            recover(folder, aside(staging));
            deleteTree(staging);
            Files.createDirectory(staging);
            return new OutputFolder(folder, staging, lockFile, channel, lock);
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw failed(folder, e);
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel, IOException because) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Another run in this very process: the same answer as from another process.
            return null;
        }
    }

    public Path folder() {
        return folder;
    }

    /** Where to write. */
    public Path staging() {
        return staging;
    }

    /** Refuses when less than {@code bytes} are free on the disk. */
    public void checkSpace(long bytes) {
        try {
            long free = Files.getFileStore(staging).getUsableSpace();
            if (free < bytes) {
                throw Refusal.couldNotWrite(
                        folder,
                        "needs " + bytes + " bytes, but " + free + " are free on its disk",
                        "free some, or choose another disk with --out",
                        null);
            }
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    /**
     * Puts the staging folder in the place of the final one.
     *
     * @param own files of an earlier result of ours, relative to the folder, which may go; all
     *     others are kept
     */
    public synchronized void publish(Set<Path> own) {
        if (discarded) {
            throw Refusal.couldNotWrite(folder, "the run was stopped", "run it again", null);
        }
        Path old = aside(staging);
        try {
            syncFolders(staging);
            boolean replaces = Files.exists(folder);
            if (replaces) {
                Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
            }
            try {
                Files.move(staging, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                recover(folder, old);
                throw e;
            }
            published = true;
            if (replaces) {
                keepForeign(old, folder, own);
                deleteTree(old);
            }
            syncFolder(folder.resolveSibling("."));
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    /** Where the folder that is replaced stands until the new one is in its place. */
    private static Path aside(Path staging) {
        return staging.resolveSibling(staging.getFileName() + ".old");
    }

    /**
     * Puts back what a run that was cut off between two renames, or could not do the second, set
     * aside.
     */
    private static void recover(Path folder, Path old) throws IOException {
        if (!Files.exists(old)) {
            return;
        }
        if (Files.exists(folder)) {
            keepForeign(old, folder, Set.of());
            deleteTree(old);
        } else {
            Files.move(old, folder, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static void keepForeign(Path old, Path folder, Set<Path> own) throws IOException {
        for (Path file : Folders.files(old)) {
            Path relative = old.relativize(file);
            Path to = folder.resolve(relative);
            if (!own.contains(relative) && !Files.exists(to)) {
                Files.createDirectories(to.getParent());
                Files.move(file, to);
            }
        }
    }

    /** Removes what was begun, unless it was published. Safe from any thread, at any time. */
    public synchronized void discard() {
        if (!discarded && !published) {
            discarded = true;
            try {
                deleteTree(staging);
            } catch (IOException e) {
                throw failed(staging, e);
            }
        }
        try {
            Files.deleteIfExists(lockFile);
        } catch (IOException e) {
            throw failed(lockFile, e);
        }
    }

    @Override
    public void close() {
        discard();
        try {
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw failed(lockFile, e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        // A worker may still be writing while a stopped run cleans up: what has gone by then, or is
        // new,
        // is no error.
        for (int attempt = 1; Files.exists(root); attempt++) {
            try (Stream<Path> walk = Files.walk(root)) {
                for (Path p : walk.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(p);
                }
            } catch (NoSuchFileException | DirectoryNotEmptyException | UncheckedIOException e) {
                if (attempt == DELETE_ATTEMPTS) {
                    throw e instanceof UncheckedIOException u ? u.getCause() : (IOException) e;
                }
            }
        }
    }

    private static void syncFolders(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path p : walk.filter(Files::isDirectory).toList()) {
                syncFolder(p);
            }
        }
    }

    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel c = FileChannel.open(folder, StandardOpenOption.READ)) {
            c.force(true);
        }
    }

    private static Refusal failed(Path path, IOException e) {
        return Refusal.couldNotWrite(
                path, "cannot be written (" + e + ")", "check free space and permissions", e);
    }
}
