package pennyweight.converter.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.converter.work.Folders;
import pennyweight.formats.Refusal;

final class OutputFolderTest {
    private static List<String> names(Path folder) {
        return Folders.files(folder).stream().map(p -> folder.relativize(p).toString()).toList();
    }

    private static void publish(Path target, String file, Set<Path> own) throws Exception {
        try (OutputFolder folder = OutputFolder.begin(target)) {
            Files.writeString(folder.staging().resolve(file), "new");
            folder.publish(own);
        }
    }

    @Test
    void appearsWholeAndLeavesNothingBesideIt(@TempDir Path parent) throws Exception {
        publish(parent.resolve("out"), "a", Set.of());
        assertEquals(List.of("out/a"), names(parent));
    }

    @Test
    void whatWasBegunIsGoneWhenItIsNotPublished(@TempDir Path parent) throws Exception {
        try (OutputFolder folder = OutputFolder.begin(parent.resolve("out"))) {
            Files.writeString(folder.staging().resolve("a"), "begun");
            assertFalse(Files.exists(folder.folder()));
        }
        assertEquals(List.of(), names(parent));
    }

    @Test
    void ownFilesGoAndForeignOnesStay(@TempDir Path parent) throws Exception {
        Path out = Files.createDirectories(parent.resolve("out"));
        Files.writeString(out.resolve("own"), "old");
        Files.writeString(out.resolve("foreign"), "kept");
        publish(out, "a", Set.of(Path.of("own")));
        assertEquals(List.of("out/a", "out/foreign"), names(parent));
    }

    @Test
    void aDiscardedRunCannotPublish(@TempDir Path parent) {
        try (OutputFolder folder = OutputFolder.begin(parent.resolve("out"))) {
            folder.discard();
            assertThrows(Refusal.class, () -> folder.publish(Set.of()));
        }
        assertEquals(List.of(), names(parent));
    }

    @Test
    void aSecondRunIsRefusedWhileTheFirstHoldsTheFolder(@TempDir Path parent) {
        try (OutputFolder first = OutputFolder.begin(parent.resolve("out"))) {
            assertTrue(Files.isDirectory(first.staging()));
            Refusal refusal =
                    assertThrows(Refusal.class, () -> OutputFolder.begin(parent.resolve("out")));
            assertEquals(Refusal.Kind.COULD_NOT_WRITE, refusal.kind());
        }
    }

    /** A machine that stops between the two renames leaves the earlier folder aside. */
    @Test
    void theEarlierFolderComesBackAfterARunThatWasCutOff(@TempDir Path parent) throws Exception {
        Path aside = Files.createDirectories(parent.resolve(".out.part.old"));
        Files.writeString(aside.resolve("earlier"), "kept");
        try (OutputFolder folder = OutputFolder.begin(parent.resolve("out"))) {
            assertTrue(Files.exists(folder.folder().resolve("earlier")));
        }
        assertEquals(List.of("out/earlier"), names(parent));
    }

    @Test
    void moreRoomThanTheDiskHasIsRefused(@TempDir Path parent) {
        try (OutputFolder folder = OutputFolder.begin(parent.resolve("out"))) {
            folder.checkSpace(1);
            assertThrows(Refusal.class, () -> folder.checkSpace(Long.MAX_VALUE));
        }
    }
}
