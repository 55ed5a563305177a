package baywheels.kestra.host.api;

import baywheels.kestra.host.http.Filters;
import baywheels.kestra.host.http.PagedResults;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.kestra.core.exceptions.ResourceExpiredException;
import io.kestra.core.models.kv.KVType;
import io.kestra.core.repositories.KvMetadataRepositoryInterface;
import io.kestra.core.serializers.JacksonMapper;
import io.kestra.core.services.KVStoreService;
import io.kestra.core.storages.kv.KVEntry;
import io.kestra.core.storages.kv.KVMetadata;
import io.kestra.core.storages.kv.KVStore;
import io.kestra.core.storages.kv.KVValueAndMetadata;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;

/** Key-value entries of namespaces. */
@Controller("/api/v1/main")
@ExecuteOn(TaskExecutors.IO)
class KvController {
    private final KVStoreService stores;
    private final KvMetadataRepositoryInterface entries;

    KvController(KVStoreService stores, KvMetadataRepositoryInterface entries) {
        this.stores = stores;
        this.entries = entries;
    }

    /** An entry with its value. */
    @Introspected
    record Entry(KVType type, Object value, Integer revision, Instant updated) {
    }

    @Get("/kv")
    PagedResults<KVEntry> search(
        HttpRequest<?> request,
        @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size,
        @Nullable @QueryValue List<String> sort) {
        var pageable = PagedResults.page(page, size, sort, field -> field.equals("key") ? "name" : field);
        var found = entries.find(pageable, TenantService.MAIN_TENANT, Filters.of(request.getParameters()), false, false);
        return PagedResults.of(found.map(KVEntry::from));
    }

    @Get("/namespaces/{namespace}/kv")
    List<KVEntry> list(String namespace) throws IOException {
        return store(namespace).list();
    }

    @Get("/namespaces/{namespace}/kv/{key}")
    Entry get(String namespace, String key) throws IOException, ResourceExpiredException {
        KVStore store = store(namespace);
        Object value = store.getValue(key)
            .orElseThrow(() -> new NoSuchElementException("No value found for key '" + key + "' in namespace '" + namespace + "'"))
            .value();
        KVEntry entry = store.get(key).orElseThrow();
        return new Entry(KVType.from(value), value, entry.version(), entry.updateDate());
    }

    /** Writes an entry. The body is read as Ion, which gives the type; a body that isn't Ion is a text. */
    @Put(uri = "/namespaces/{namespace}/kv/{key}", consumes = MediaType.TEXT_PLAIN)
    void put(HttpHeaders headers, String namespace, String key, @Body String body) throws IOException {
        String ttl = headers.get("ttl");
        KVMetadata metadata = new KVMetadata(headers.get("description"), ttl == null ? null : Duration.parse(ttl));
        store(namespace).put(key, new KVValueAndMetadata(metadata, parsed(body)));
    }

    /** True when there was such an entry. */
    @Delete("/namespaces/{namespace}/kv/{key}")
    boolean delete(String namespace, String key) throws IOException {
        return store(namespace).delete(key);
    }

    private static Object parsed(String body) {
        try {
            return JacksonMapper.ofIon().readTree(body);
        } catch (JsonProcessingException notIon) {
            return body;
        }
    }

    /** As seen from the namespace itself: it needs no flows yet. */
    private KVStore store(String namespace) {
        return stores.get(TenantService.MAIN_TENANT, namespace, namespace);
    }
}
