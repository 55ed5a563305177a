package io.kestra.plugin.git;

import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;

/** Keeps JGit from writing what it measured of the file system to a file in the user's home. */
final class NoUserFiles extends SystemReader.Delegate {
    private NoUserFiles(SystemReader system) {
        super(system);
    }

    static synchronized void install() {
        if (!(SystemReader.getInstance() instanceof NoUserFiles)) {
            SystemReader.setInstance(new NoUserFiles(SystemReader.getInstance()));
            // that measuring takes seconds
            FS.FileStoreAttributes.setBackground(true);
        }
    }

    @Override
    public FileBasedConfig openJGitConfig(Config parent, FS fs) {
        return new InMemory(parent, fs);
    }

    @Override
    public StoredConfig getJGitConfig() {
        return new InMemory(null, FS.DETECTED);
    }

    private static final class InMemory extends FileBasedConfig {
        InMemory(Config parent, FS fs) {
            super(parent, null, fs);
        }

        @Override
        public void load() {
            // there is no file
        }

        @Override
        public void save() {
            // nothing outlives the process
        }

        @Override
        public boolean isOutdated() {
            return false;
        }
    }
}
