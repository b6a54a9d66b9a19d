// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_context.h"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/descriptor_path.h"
#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "cri/cli/packed_files.h"
#include "imageservice/build/ignore_file.h"

namespace berth::cli {
namespace {

using imageservice::IgnoreFile;
using imageservice::TarWriter;

constexpr char kIgnoreFile[] = ".dockerignore";

absl::StatusOr<IgnoreFile> ReadIgnore(const std::string& directory, const std::string& name) {
  const std::string path = JoinPath(directory, name);
  const absl::StatusOr<std::string> text = ReadFile(path, imageservice::kMaxIgnoreFile);
  if (absl::IsNotFound(text.status())) {
    return text.status();
  }
  RETURN_IF_ERROR(text.status());
  absl::StatusOr<IgnoreFile> ignore = IgnoreFile::Parse(*text);
  RETURN_IF_ERROR(Annotate(ignore.status(), path));
  return ignore;
}

// Without symlinks; empty where no directory is.
std::string RealPath(const std::string& path) {
  const auto directory = sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
  return directory.ok() ? PathOf(directory->get()).value_or("") : "";
}

}  // namespace

absl::StatusOr<sys::Fd> OfferContext(const std::string& path, EngineCall& call) {
  ASSIGN_OR_RETURN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY), "open ", path));
  call.headers.emplace_back("X-Berth-Context", "directory");
  call.body = " ";
  call.descriptor = directory.get();
  return directory;
}

absl::Status PackContext(const std::string& path, const std::string& dockerfile,
                         TarWriter& writer) {
  std::string ignore_name = absl::StrCat(dockerfile, kIgnoreFile);
  absl::StatusOr<IgnoreFile> ignore = ReadIgnore(path, ignore_name);
  if (absl::IsNotFound(ignore.status())) {
    ignore_name = kIgnoreFile;
    ignore = ReadIgnore(path, ignore_name);
  }
  if (absl::IsNotFound(ignore.status())) {
    ignore = IgnoreFile();
  }
  RETURN_IF_ERROR(ignore.status());
  const std::vector<std::string> always = {dockerfile, ignore_name};
  PackChoice choice;
  choice.takes = [&](const std::string& each) {
    return !ignore->Ignores(each) || std::find(always.begin(), always.end(), each) != always.end();
  };
  choice.looks_into = [&](const std::string& directory) {
    return ignore->TakesBack() || std::any_of(always.begin(), always.end(), [&](const auto& each) {
             return absl::StartsWith(each, absl::StrCat(directory, "/"));
           });
  };
  return PackTree(path, choice, writer);
}

std::string DockerfileIn(const std::string& context, const std::string& said) {
  if (said.empty()) {
    return kDockerfile;
  }
  const std::string path = CleanPath(said);
  const std::string parent(ParentPath(path));
  const std::string root = RealPath(context);
  const std::string directory = RealPath(parent.empty() ? "." : parent);
  const std::string whole = JoinPath(directory, BaseName(path));  // which may be a symlink
  const bool is_inside = !root.empty() && !directory.empty() &&
                         absl::StartsWith(whole, absl::StrCat(root == "/" ? "" : root, "/"));
  return is_inside ? whole.substr(root == "/" ? 1 : root.size() + 1) : path;
}

bool LooksLikeArchive(absl::string_view beginning) {
  constexpr size_t kTarMagic = 257;
  constexpr absl::string_view kMagics[] = {"\x1f\x8b", "BZh",
                                           "\xfd"
                                           "7zXZ",
                                           "\x28\xb5\x2f\xfd"};
  const bool packed = std::any_of(std::begin(kMagics), std::end(kMagics), [&](absl::string_view m) {
    return absl::StartsWith(beginning, m);
  });
  return packed ||
         (beginning.size() > kTarMagic && absl::StartsWith(beginning.substr(kTarMagic), "ustar"));
}

}  // namespace berth::cli
