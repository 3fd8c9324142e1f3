#pragma once
#include <maxminddb.h>

// MMDB_get_value is variadic, which Swift does not import.

static inline int smr_mmdb_get(MMDB_entry_s *entry, MMDB_entry_data_s *data, const char *outer, const char *inner) {
    return MMDB_get_value(entry, data, outer, inner, NULL);
}
