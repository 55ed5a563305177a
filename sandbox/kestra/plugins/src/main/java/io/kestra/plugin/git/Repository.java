package io.kestra.plugin.git;

import java.nio.file.Path;
import org.eclipse.jgit.api.CloneCommand;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.LsRemoteCommand;
import org.eclipse.jgit.api.TransportCommand;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;
import org.slf4j.Logger;

/** A remote Git repository and how to reach it. */
record Repository(String url, String username, String password) {

    /**
     * Checks a branch out into a new folder, without its history; the repository's default branch if there is no such branch.
     *
     * @throws IllegalStateException if the repository can't be reached or read
     */
    void checkOut(String branch, Path folder, Logger logger) {
        NoUserFiles.install();
        try {
            LsRemoteCommand heads = Git.lsRemoteRepository().setRemote(url).setHeads(true);
            boolean exists = authenticated(heads).callAsMap().containsKey(Constants.R_HEADS + branch);
            CloneCommand clone = Git.cloneRepository().setURI(url).setDirectory(folder.toFile()).setDepth(1);
            if (exists) {
                clone.setBranch(branch);
            } else {
                logger.warn("{} has no branch '{}': its default branch is taken", url, branch);
            }
            authenticated(clone).call().close();
        } catch (GitAPIException e) {
            String reason = e.getMessage().replaceAll("\\.+$", "");
            throw new IllegalStateException("Repository can't be read: " + reason + ". Look at url, username and password");
        }
    }

    private <C extends TransportCommand<C, ?>> C authenticated(C command) {
        if (username != null && password != null) {
            command.setCredentialsProvider(new UsernamePasswordCredentialsProvider(username, password));
        }
        return command;
    }
}
