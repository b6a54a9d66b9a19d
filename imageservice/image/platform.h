// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// What an image runs on. Pure.
namespace berth::imageservice {

struct Platform {
  std::string os = {};            // linux
  std::string architecture = {};  // amd64
  std::string variant = {};       // v6; empty for the usual one: amd64 v1, arm v7, arm64 v8
  std::vector<std::string> os_features = {};
};

// linux/amd64, linux/arm/v6; architectures as uname(1) spells them are understood (x86_64,
// aarch64). The result is normalised. InvalidArgument for anything else.
absl::StatusOr<Platform> ParsePlatform(absl::string_view text);

// The same platform in one spelling.
Platform Normalise(Platform platform);

std::string FormatPlatform(const Platform& platform);

// What a machine that is `wanted` can run, best first, as containerd orders it: itself, its older
// variants, then the 32-bit architecture below it. Normalised, without features.
std::vector<Platform> RunnablePlatforms(const Platform& wanted);

// The place of `offered` among RunnablePlatforms, or -1 when it is none of them or asks for an
// operating system feature (we have none).
int PlatformRank(const Platform& wanted, const Platform& offered);

}  // namespace berth::imageservice
