// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/bind_sources.h"

#include <sys/stat.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

TEST(BindSources, AreMadeOnlyWhereThatWasAskedFor) {
  const test::TempDir directory;
  MountSpec mount;
  mount.source = directory.Join("a/b");
  EXPECT_THAT(std::string(CheckBindSources({mount}).message()),
              testing::HasSubstr("bind source path does not exist: " + mount.source));
  EXPECT_TRUE(MakeBindSources({mount}).ok());
  struct stat info = {};
  EXPECT_NE(stat(mount.source.c_str(), &info), 0);
  mount.make_source = true;
  EXPECT_TRUE(CheckBindSources({mount}).ok());
  EXPECT_TRUE(MakeBindSources({mount}).ok());
  EXPECT_EQ(stat(mount.source.c_str(), &info), 0);
  mount.make_source = false;
  EXPECT_TRUE(CheckBindSources({mount}).ok());
}

TEST(BindSources, AreOfBindsOnly) {
  MountSpec volume;
  volume.type = MountSpec::Type::kVolume;
  volume.source = "data";
  EXPECT_TRUE(CheckBindSources({volume}).ok());
}

TEST(BindSources, HaveTheModesOfTheirKind) {
  MountSpec bind;
  bind.source = "/";
  bind.target = "/to";
  bind.propagation = "rslave";
  EXPECT_TRUE(CheckBindSources({bind}).ok());
  bind.no_copy = true;
  EXPECT_THAT(std::string(CheckBindSources({bind}).message()),
              testing::HasSubstr("type \"bind\": /to: nocopy"));
  MountSpec volume;
  volume.type = MountSpec::Type::kVolume;
  volume.source = "data";
  volume.target = "/to";
  volume.no_copy = true;
  EXPECT_TRUE(CheckBindSources({volume}).ok());
  volume.propagation = "rslave";
  EXPECT_THAT(std::string(CheckBindSources({volume}).message()),
              testing::HasSubstr("type \"volume\": /to: propagation"));
}

}  // namespace
}  // namespace berth::cri
