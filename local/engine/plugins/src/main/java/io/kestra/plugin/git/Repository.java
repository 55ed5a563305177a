package io.kestra.plugin.git;

import java.nio.file.Path;
import org.eclipse.jgit.api.CloneCommand;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.api.errors.TransportException;
import org.eclipse.jgit.lib.Constants;
import org.slf4j.Logger;

/** A remote Git repository. */
final class Repository {
    private Repository() {
    }

    /**
     * Checks a branch out into an empty folder, without its history. If there is no such branch, it takes the default
     * branch, which only the log says, at INFO.
     *
     * @throws GitAPIException if the repository can't be reached or read
     */
    static void checkOut(String url, String branch, Path folder, Logger logger) throws GitAPIException {
        NoUserFiles.install();
        CloneCommand clone = Git.cloneRepository().setURI(url).setDirectory(folder.toFile()).setDepth(1);
        if (Git.lsRemoteRepository().setRemote(url).callAsMap().containsKey(Constants.R_HEADS + branch)) {
            clone.setBranch(branch);
        } else {
            logger.info("Branch {} does not exist, creating it", branch);
        }
        logger.info("Start cloning from '{}'", url);
        try {
            clone.call().close();
        } catch (TransportException e) {
            logger.error("Git clone failed for '{}': {}", url, e.getMessage());
            throw e;
        }
    }
}
