// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/volumes/volume_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {

// A store in a directory of its own, which can be opened anew as by another daemon.
struct VolumesUnderTest {
  VolumesUnderTest() { Open(); }

  void Open() {
    volumes.reset();
    database.reset();
    auto opened = EngineDatabase::Open(directory.Join("engine.db"));
    ASSERT_THAT(opened, test::IsOk());
    database = *std::move(opened);
    auto store = VolumeStore::Open(*database, directory.path());
    ASSERT_THAT(store, test::IsOk());
    volumes = *std::move(store);
  }

  Volume Make(const std::string& name, const StringMap& options = {},
              const StringMap& labels = {}) {
    const auto made =
        volumes->Create(Call(), {.name = name, .driver = "", .labels = labels, .options = options});
    EXPECT_THAT(made, test::IsOk());
    return made.value_or(Volume());
  }

  test::TempDir directory;
  std::unique_ptr<EngineDatabase> database;
  std::unique_ptr<VolumeStore> volumes;
};

}  // namespace berth::cri
