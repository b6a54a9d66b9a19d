// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/platform.h"

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxPartLength = 32;

struct Alias {
  absl::string_view name;
  absl::string_view architecture;
  absl::string_view variant;  // used when none is given
};

constexpr std::array kAliases = {
    Alias{"x86_64", "amd64", ""}, Alias{"x86-64", "amd64", ""}, Alias{"aarch64", "arm64", ""},
    Alias{"armhf", "arm", ""},    Alias{"armel", "arm", "v6"},  Alias{"i386", "386", ""},
    Alias{"i486", "386", ""},     Alias{"i586", "386", ""},     Alias{"i686", "386", ""},
};

// The variant that goes without saying.
absl::string_view UsualVariant(absl::string_view architecture) {
  if (architecture == "amd64") {
    return "v1";
  }
  if (architecture == "arm64") {
    return "v8";
  }
  return architecture == "arm" ? "v7" : "";
}

// 7 of v7; 0 when it is no such number or no variant that there could be.
int VariantNumber(absl::string_view variant) {
  int number = 0;
  constexpr int kMaxVariant = 20;
  if (variant.empty() || variant[0] != 'v' || !absl::SimpleAtoi(variant.substr(1), &number)) {
    return 0;
  }
  return number <= kMaxVariant ? number : 0;
}

// Adds `architecture` in the versions from `first` down to `last`.
void AddVersions(std::vector<Platform>& list, const std::string& os,
                 const std::string& architecture, int first, int last) {
  for (int version = first; version >= last; --version) {
    list.push_back(
        Normalise({.os = os, .architecture = architecture, .variant = absl::StrCat("v", version)}));
  }
}

}  // namespace

Platform Normalise(Platform platform) {
  absl::AsciiStrToLower(&platform.os);
  absl::AsciiStrToLower(&platform.architecture);
  absl::AsciiStrToLower(&platform.variant);
  for (const Alias& alias : kAliases) {
    if (platform.architecture == alias.name) {
      platform.architecture = std::string{alias.architecture};
      if (platform.variant.empty()) {
        platform.variant = std::string{alias.variant};
      }
      break;
    }
  }
  if (int number = 0; absl::SimpleAtoi(platform.variant, &number) && number > 0) {
    platform.variant = absl::StrCat("v", number);
  }
  if (platform.variant == UsualVariant(platform.architecture)) {
    platform.variant.clear();
  }
  return platform;
}

absl::StatusOr<Platform> ParsePlatform(absl::string_view text) {
  std::vector<std::string> parts = absl::StrSplit(text, '/');
  bool is_bad = parts.size() < 2 || parts.size() > 3;
  for (const std::string& part : parts) {
    is_bad = is_bad || part.empty() || part.size() > kMaxPartLength;
    for (char c : part) {
      is_bad = is_bad || !(absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
                           c == '-' || c == '.');
    }
  }
  if (is_bad) {
    return absl::InvalidArgumentError(absl::StrCat("platform \"",
                                                   absl::CHexEscape(text.substr(0, 100)),
                                                   "\" is not os/architecture[/variant]"));
  }
  return Normalise({.os = parts[0],
                    .architecture = parts[1],
                    .variant = parts.size() == 3 ? parts[2] : std::string()});
}

std::string FormatPlatform(const Platform& platform) {
  return absl::StrCat(platform.os, "/", platform.architecture, platform.variant.empty() ? "" : "/",
                      platform.variant);
}

std::vector<Platform> RunnablePlatforms(const Platform& wanted) {
  constexpr int kOldestArm = 5;
  Platform self = Normalise(wanted);
  self.os_features.clear();
  std::vector<Platform> list = {self};
  int number = VariantNumber(self.variant);
  if (self.architecture == "amd64") {
    AddVersions(list, self.os, "amd64", number - 1, 1);
    list.push_back({.os = self.os, .architecture = "386"});
  } else if (self.architecture == "arm64") {
    AddVersions(list, self.os, "arm64", number - 1, 8);
    AddVersions(list, self.os, "arm", 8, kOldestArm);
  } else if (self.architecture == "arm") {
    AddVersions(list, self.os, "arm", (number == 0 ? 7 : number) - 1, kOldestArm);
  }
  return list;
}

int PlatformRank(const Platform& wanted, const Platform& offered) {
  if (!offered.os_features.empty()) {
    return -1;
  }
  Platform normal = Normalise(offered);
  std::vector<Platform> runnable = RunnablePlatforms(wanted);
  for (size_t i = 0; i < runnable.size(); ++i) {
    if (normal.os == runnable[i].os && normal.architecture == runnable[i].architecture &&
        normal.variant == runnable[i].variant) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

}  // namespace berth::imageservice
