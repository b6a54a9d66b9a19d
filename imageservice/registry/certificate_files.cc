// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/certificate_files.h"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/directory.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"

namespace berth::imageservice {

absl::StatusOr<HostEntry> FindCertificateFiles(const std::string& directory) {
  // The directory may be a symlink of the administrator's; "/." leads through it.
  ASSIGN_OR_RETURN(auto reader, ToStatusOr(sys::DirectoryReader::Open(
                                               AT_FDCWD, absl::StrCat(directory, "/.").c_str()),
                                           directory));
  absl::StatusOr<std::vector<std::string>> names = SortedNames(reader, kMaxCertificateFiles);
  RETURN_IF_ERROR(Annotate(names.status(), directory));
  HostEntry entry;
  for (const std::string& name : *names) {
    const std::string path = JoinPath(directory, name);
    if (absl::EndsWith(name, ".crt")) {
      entry.ca.push_back(path);
    } else if (absl::EndsWith(name, ".cert")) {
      const std::string key = absl::StrCat(name.substr(0, name.size() - 5), ".key");
      if (!std::binary_search(names->begin(), names->end(), key)) {
        return absl::InvalidArgumentError(
            absl::StrCat(directory, ": there is no ", key, " for ", name));
      }
      entry.client.emplace_back(path, JoinPath(directory, key));
    }
  }
  return entry;
}

}  // namespace berth::imageservice
