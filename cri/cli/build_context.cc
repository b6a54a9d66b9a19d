// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_context.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/descriptor_path.h"
#include "base/file.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "cri/cli/packed_files.h"
#include "imageservice/build/build_limits.h"
#include "imageservice/build/ignore_file.h"

namespace berth::cli {
namespace {

using imageservice::IgnoreFile;
using imageservice::TarWriter;

constexpr char kIgnoreFile[] = ".dockerignore";
constexpr char kContextHeader[] = "X-Berth-Context";

// None where there is no file.
absl::StatusOr<std::optional<std::string>> ReadIfThere(const std::string& path, size_t max_bytes) {
  absl::StatusOr<std::string> text = ReadFile(path, max_bytes);
  if (absl::IsNotFound(text.status())) {
    return std::nullopt;
  }
  RETURN_IF_ERROR(text.status());
  return *std::move(text);
}

struct IgnoreText {
  std::string name;  // in the context; empty: it is in none
  std::string text;
};

absl::StatusOr<IgnoreText> FindIgnore(const std::string& context,
                                      const DockerfilePlace& dockerfile) {
  if (dockerfile.ignore.has_value()) {
    return IgnoreText{"", *dockerfile.ignore};
  }
  for (const std::string& name :
       {absl::StrCat(dockerfile.name, kIgnoreFile), std::string(kIgnoreFile)}) {
    ASSIGN_OR_RETURN(const std::optional<std::string> text,
                     ReadIfThere(JoinPath(context, name), imageservice::kMaxIgnoreFile));
    if (text.has_value()) {
      return IgnoreText{name, *text};
    }
  }
  return IgnoreText();
}

// Neither the Dockerfile nor its ignore file are anything to copy.
absl::Status PackDockerfile(const DockerfilePlace& dockerfile, absl::string_view ignored,
                            TarWriter& writer) {
  const std::string ignore_name = absl::StrCat(dockerfile.name, kIgnoreFile);
  RETURN_IF_ERROR(PackText(dockerfile.name, *dockerfile.text, writer));
  return PackText(ignore_name,
                  absl::StrCat(ignored, "\n", dockerfile.name, "\n", ignore_name, "\n"), writer);
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
  call.headers.emplace_back(kContextHeader, "directory");
  call.body.assign(1, ' ');
  call.descriptor = directory.get();
  return directory;
}

void OfferDockerfile(const std::string& text, EngineCall& call) {
  call.headers.emplace_back(kContextHeader, "dockerfile");
  call.content_type = "text/plain";
  call.body = text;
}

absl::Status PackContext(const std::string& path, const DockerfilePlace& dockerfile,
                         TarWriter& writer) {
  ASSIGN_OR_RETURN(const IgnoreText found, FindIgnore(path, dockerfile));
  const absl::StatusOr<IgnoreFile> ignore = IgnoreFile::Parse(found.text);
  RETURN_IF_ERROR(Annotate(ignore.status(),
                           found.name.empty() ? "the Dockerfile's own ignore file" : found.name));
  const std::vector<std::string> always = {dockerfile.name, found.name};
  PackChoice choice;
  choice.takes = [&](const std::string& each) {
    return !ignore->Ignores(each) || std::find(always.begin(), always.end(), each) != always.end();
  };
  choice.looks_into = [&](const std::string& directory) {
    return ignore->TakesBack() || std::any_of(always.begin(), always.end(), [&](const auto& each) {
             return absl::StartsWith(each, absl::StrCat(directory, "/"));
           });
  };
  RETURN_IF_ERROR(PackTree(path, choice, writer));
  return dockerfile.text.has_value() ? PackDockerfile(dockerfile, found.text, writer)
                                     : absl::OkStatus();
}

DockerfilePlace AddedDockerfile(std::string text, std::optional<std::string> ignore) {
  return {absl::StrCat(".dockerfile.", RandomHex(10)), std::move(text), std::move(ignore)};
}

absl::StatusOr<DockerfilePlace> FindDockerfile(const std::string& context,
                                               const std::string& said) {
  if (said.empty()) {
    return DockerfilePlace{kDockerfile};
  }
  const std::string path = CleanPath(said);
  const std::string parent(ParentPath(path));
  const std::string root = RealPath(context);
  const std::string directory = RealPath(parent.empty() ? "." : parent);
  const std::string whole = JoinPath(directory, BaseName(path));  // which may be a symlink
  if (root.empty() || directory.empty()) {
    return DockerfilePlace{path};
  }
  if (absl::StartsWith(whole, absl::StrCat(root == "/" ? "" : root, "/"))) {
    return DockerfilePlace{whole.substr(root == "/" ? 1 : root.size() + 1)};
  }
  ASSIGN_OR_RETURN(std::optional<std::string> text,
                   ReadIfThere(path, imageservice::kMaxDockerfile));
  if (!text.has_value()) {
    return DockerfilePlace{path};
  }
  ASSIGN_OR_RETURN(std::optional<std::string> ignore,
                   ReadIfThere(absl::StrCat(path, kIgnoreFile), imageservice::kMaxIgnoreFile));
  return AddedDockerfile(*std::move(text), std::move(ignore));
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
