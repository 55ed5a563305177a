package baywheels.kestra.host;

import io.kestra.core.models.Plugin;
import io.kestra.core.plugins.DefaultPluginRegistry;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Makes sure that every task type on the class path is registered. Kestra's scan ends at the first class that doesn't
 * load, with only a line in the log, and all types after it are unknown.
 */
final class PluginCheck {
    private static final String LISTINGS = "META-INF/services/" + Plugin.class.getName();

    /** Types that Kestra's own libraries of this version bring; fewer means that a library is missing. */
    private static final int PUBLISHED_TYPES = 109;

    private PluginCheck() {
    }

    /** @throws StartupException when a type is not registered */
    static void requireComplete() throws IOException {
        Set<String> registered = DefaultPluginRegistry.getOrCreate().plugins().stream()
            .flatMap(plugin -> plugin.allClass().stream())
            .map(type -> ((Class<?>) type).getName())
            .collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>();
        for (URL listing : Collections.list(PluginCheck.class.getClassLoader().getResources(LISTINGS))) {
            namesIn(listing).stream().filter(Predicate.not(registered::contains)).filter(PluginCheck::isOffered).forEach(missing::add);
        }
        if (!missing.isEmpty()) {
            throw new StartupException("the plugin scan is incomplete: " + missing.size() + " types are not registered, among them "
                + culprit(missing) + ". Rebuild the host: a library is missing or has the wrong version");
        }
        long published = registered.stream().filter(type -> type.startsWith("io.kestra.")).count();
        if (published < PUBLISHED_TYPES) {
            throw new StartupException("the plugin scan is incomplete: " + published + " of Kestra's " + PUBLISHED_TYPES
                + " types are registered. Rebuild the host: a library of Kestra is missing");
        }
    }

    private static List<String> namesIn(URL listing) throws IOException {
        URLConnection connection = listing.openConnection();
        connection.setUseCaches(false);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            return lines.lines().map(line -> line.replaceFirst("#.*", "").strip()).filter(Predicate.not(String::isEmpty)).toList();
        }
    }

    /** False for a class that Kestra leaves out of its registry on purpose. */
    private static boolean isOffered(String name) {
        try {
            return !Class.forName(name, false, PluginCheck.class.getClassLoader()).isAnnotationPresent(Hidden.class);
        } catch (ReflectiveOperationException | LinkageError unloadable) {
            return true;
        }
    }

    /** The first type that can't be loaded is the cause; the others only come after it. */
    private static String culprit(Set<String> missing) {
        for (String name : missing) {
            try {
                Class.forName(name).getDeclaredConstructor().newInstance();
            } catch (ReflectiveOperationException | LinkageError | RuntimeException unloadable) {
                return name + " (" + unloadable + ")";
            }
        }
        return missing.iterator().next();
    }
}
