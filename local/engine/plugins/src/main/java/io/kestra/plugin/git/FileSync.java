package io.kestra.plugin.git;

import io.kestra.core.storages.Namespace;
import io.kestra.core.storages.NamespaceFile;
import io.kestra.core.utils.KestraIgnore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Brings the files of a folder into a namespace and notes what it did to each. */
final class FileSync {
    private static final List<String> GIT_FILES = List.of(".git", ".gitignore", ".gitkeep");

    /** What became, or in a dry run would become, of a file. */
    enum SyncState {
        ADDED, DELETED, OVERWRITTEN, UNCHANGED
    }

    /** One line of the report; a deleted file has no gitPath. */
    record Change(String gitPath, SyncState syncState, String kestraPath) {
    }

    private final Namespace namespace;
    private final String name;
    private final String folder;
    private final boolean dry;
    private final List<Change> changes = new ArrayList<>();
    private final Set<String> kept = new HashSet<>();

    /**
     * @param name the namespace's name
     * @param folder name of the folder in the repository, for the report
     * @param dry whether nothing is written
     */
    FileSync(Namespace namespace, String name, String folder, boolean dry) {
        this.namespace = namespace;
        this.name = name;
        this.folder = folder;
        this.dry = dry;
    }

    List<Change> changes() {
        return changes;
    }

    /**
     * Writes every file and folder below the source that .kestraignore does not name; a folder counts as added every time.
     *
     * @throws IllegalArgumentException if a name has a character that a URI can't have, such as a blank
     */
    void write(Path source) throws IOException, URISyntaxException {
        KestraIgnore ignore = new KestraIgnore(source);
        List<URI> keys;
        try (Stream<Path> walk = Files.walk(source, FileVisitOption.FOLLOW_LINKS)) {
            keys = walk.skip(1)
                .filter(path -> !ignore.isIgnoredFile(path.toString(), true))
                .filter(path -> GIT_FILES.stream().noneMatch(path.toString()::endsWith))
                .map(path -> URI.create("/" + source.relativize(path) + (Files.isDirectory(path) ? "/" : "")))
                .sorted(Comparator.comparing(URI::getPath))
                .toList();
        }
        for (URI key : keys) {
            writeOne(key.getPath().substring(1), source);
        }
        changes.sort(Comparator.comparing(Change::gitPath));
    }

    private void writeOne(String key, Path source) throws IOException, URISyntaxException {
        boolean isFolder = key.endsWith("/");
        Path stored = Path.of("/" + key);
        Path file = source.resolve(key);
        kept.add(key);
        SyncState state = isFolder ? SyncState.ADDED : state(stored, file);
        if (!dry && isFolder) {
            namespace.createDirectory(stored);
        } else if (!dry && state != SyncState.UNCHANGED) {
            try (InputStream content = Files.newInputStream(file)) {
                namespace.putFile(stored, content);
            }
        }
        changes.add(new Change(folder + "/" + key, state, kestraPath(key)));
    }

    private SyncState state(Path stored, Path file) throws IOException {
        if (!namespace.exists(stored)) {
            return SyncState.ADDED;
        }
        try (InputStream content = namespace.getFileContent(stored)) {
            return Arrays.equals(content.readAllBytes(), Files.readAllBytes(file)) ? SyncState.UNCHANGED : SyncState.OVERWRITTEN;
        }
    }

    /** Deletes the namespace's other files. */
    void deleteOthers() throws IOException {
        for (NamespaceFile file : namespace.all()) {
            String key = file.path().replaceFirst("^/", "");
            if (!kept.contains(key)) {
                if (!dry) {
                    namespace.delete(file);
                }
                changes.addFirst(new Change(null, SyncState.DELETED, kestraPath(key)));
            }
        }
    }

    private String kestraPath(String key) {
        return NamespaceFile.of(name, "/" + key, 1).uri().getPath();
    }
}
