// SPDX-License-Identifier: Apache-2.0
#include "runtime/relabel.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/descriptor_path.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::runtime {
namespace {

constexpr char kLabel[] = "security.selinux";
constexpr char kVolumes[] = "volumes";  // of the daemon's root

constexpr absl::string_view kThemselves[] = {
    "/",           "/bin",        "/etc",     "/home",    "/lib",     "/lib32",  "/lib64", "/media",
    "/mnt",        "/opt",        "/root",    "/run",     "/sbin",    "/srv",    "/tmp",   "/var",
    "/etc/passwd", "/etc/shadow", "/etc/pki", "/var/lib", "/var/log", "/var/run"};
constexpr absl::string_view kWithAllBelow[] = {"/boot", "/dev", "/proc", "/sys", "/usr"};

bool IsIn(absl::string_view path, absl::string_view directory) {
  return path == directory || directory == "/" ||
         absl::StartsWith(path, absl::StrCat(directory, "/"));
}

sys::ErrnoOr<std::string> LabelOf(const sys::Fd& file) {
  std::array<char, 256> label = {};
  const sys::ErrnoOr<size_t> size = sys::GetXattrOfPath(file.get(), kLabel, label);
  if (!size.ok()) {
    return size.error();
  }
  return std::string(label.data(), strnlen(label.data(), *size));
}

bool HasLabel(const sys::Fd& file, const std::string& label) {
  const sys::ErrnoOr<std::string> present = LabelOf(file);
  return present.ok() && *present == label;
}

sys::Result WriteLabel(const sys::Fd& file, const std::string& label) {
  return sys::SetXattrOfPath(file.get(), kLabel, label.c_str(), label.size() + 1);
}

// A filesystem without labels, or with one for all of it, is none of ours to change.
absl::Status SetLabel(const sys::Fd& file, const std::string& label, const std::string& path) {
  if (HasLabel(file, label)) {
    return absl::OkStatus();
  }
  const sys::Result set = WriteLabel(file, label);
  return !set.ok() && set.error().code == ENOTSUP ? absl::OkStatus()
                                                  : ToStatus(set, "relabel ", path);
}

// Only by an attempt it is known whether the filesystem takes the one that the kernel tells.
bool TakesLabels(const sys::Fd& file) {
  const sys::ErrnoOr<std::string> present = LabelOf(file);
  if (!present.ok()) {
    return present.error().code != ENOTSUP;
  }
  const sys::Result set = WriteLabel(file, *present);
  return set.ok() || set.error().code != ENOTSUP;
}

absl::StatusOr<bool> IsDirectory(const sys::Fd& file, const std::string& path) {
  ASSIGN_OR_RETURN(const struct stat status, ToStatusOr(sys::Stat(file.get()), "stat ", path));
  return S_ISDIR(status.st_mode);
}

// Labels what lies below a directory, which others may change meanwhile.
class Relabelling {
 public:
  // `lenient`: what cannot be labelled keeps what it has.
  Relabelling(const Call& call, const std::string& label, bool lenient)
      : call_(call), label_(label), lenient_(lenient) {}

  // Fails for what is not lenient, and as the call ends.
  absl::Status Below(const sys::Fd& directory, const std::string& path, int depth) {
    if (depth >= kMaxRelabelDepth) {
      return Passed(
          absl::InvalidArgumentError(absl::StrCat(path, " nests too deep to be relabelled")));
    }
    sys::ErrnoOr<sys::DirectoryReader> opened = sys::DirectoryReader::Open(directory.get(), ".");
    if (!opened.ok()) {
      return opened.error().code == ENOENT ? absl::OkStatus()  // gone meanwhile
                                           : Passed(ToStatus(opened, "open ", path));
    }
    sys::DirectoryReader reader = *std::move(opened);
    for (;;) {
      RETURN_IF_ERROR(call_.Check());
      const sys::ErrnoOr<const dirent*> entry = reader.Next();
      if (!entry.ok()) {
        return Passed(ToStatus(entry, "list ", path));
      }
      if (*entry == nullptr) {
        return absl::OkStatus();
      }
      const std::string name = (*entry)->d_name;
      RETURN_IF_ERROR(Child(reader.fd(), name, absl::StrCat(path, "/", name), depth + 1));
    }
  }

  // The first failure that was passed over.
  const absl::Status& passed_over() const { return passed_over_; }

 private:
  absl::Status Child(int parent, const std::string& name, const std::string& path, int depth) {
    const sys::ErrnoOr<sys::Fd> file =
        sys::OpenOnSameMount(parent, name.c_str(), O_PATH | O_NOFOLLOW);
    if (!file.ok()) {
      const int code = file.error().code;
      return code == ENOENT || code == EXDEV ? absl::OkStatus()  // gone meanwhile, mounted there
                                             : Passed(ToStatus(file, "open ", path));
    }
    RETURN_IF_ERROR(Passed(SetLabel(*file, label_, path)));
    const absl::StatusOr<bool> is_directory = IsDirectory(*file, path);
    if (!is_directory.ok()) {
      return Passed(is_directory.status());
    }
    return *is_directory ? Below(*file, path, depth) : absl::OkStatus();
  }

  absl::Status Passed(const absl::Status& status) {
    if (!lenient_) {
      return status;
    }
    passed_over_.Update(status);
    return absl::OkStatus();
  }

  const Call& call_;
  const std::string& label_;
  const bool lenient_;
  absl::Status passed_over_;
};

absl::Status LabelBelow(const sys::Fd& top, const std::string& path, Relabelling& relabelling) {
  ASSIGN_OR_RETURN(const bool is_directory, IsDirectory(top, path));
  return is_directory ? relabelling.Below(top, path, 0) : absl::OkStatus();
}

// By how they are named and by what they are.
DaemonPlaces Resolved(DaemonPlaces places) {
  for (std::string* place : {&places.root, &places.state}) {
    const sys::ErrnoOr<sys::Fd> opened = sys::OpenAt(AT_FDCWD, place->c_str(), O_PATH);
    if (opened.ok()) {
      *place = PathOf(opened->get()).value_or(*place);
    }
  }
  return places;
}

absl::Status OfTheNode(const std::string& path) {
  return absl::InvalidArgumentError(
      absl::StrCat("selinux_relabel: ", path, " is of the node itself and keeps its label"));
}

absl::Status CheckMayBeRelabelled(const sys::Fd& top, const std::string& path,
                                  const DaemonPlaces& daemon) {
  const DaemonPlaces resolved = Resolved(daemon);
  ASSIGN_OR_RETURN(const std::string mountinfo, ReadMountinfo("self"));
  ASSIGN_OR_RETURN(const int mount_id, ReadMountId(absl::StrCat("/proc/self/fdinfo/", top.get())));
  std::vector<std::string> paths = OtherPathsOf(path, mount_id, ParseMountTable(mountinfo));
  paths.push_back(path);
  return absl::c_any_of(paths,
                        [&](const std::string& each) {
                          return KeepsItsLabel(each, daemon) || KeepsItsLabel(each, resolved);
                        })
             ? OfTheNode(path)
             : absl::OkStatus();
}

}  // namespace

bool KeepsItsLabel(absl::string_view path, const DaemonPlaces& daemon) {
  const std::string clean = CleanPath(path);
  if (absl::c_linear_search(kThemselves, clean) ||
      absl::c_any_of(kWithAllBelow, [&](absl::string_view top) { return IsIn(clean, top); })) {
    return true;
  }
  const std::string volumes = JoinPath(daemon.root, kVolumes);
  const bool is_volumes = clean != volumes && IsIn(clean, volumes);
  return absl::c_any_of(std::array{daemon.root, daemon.state}, [&](const std::string& place) {
    const std::string own = CleanPath(place);
    return !place.empty() && (IsIn(own, clean) || (IsIn(clean, own) && !is_volumes));
  });
}

std::vector<std::string> OtherPathsOf(const std::string& path, int mount_id,
                                      const std::vector<MountEntry>& table) {
  const auto mount =
      absl::c_find_if(table, [&](const MountEntry& each) { return each.id == mount_id; });
  if (mount == table.end() || !IsIn(path, mount->mount_point)) {
    return {};
  }
  const auto below = [](const std::string& all, const std::string& top) {
    return top == "/" ? all : all.substr(top.size());
  };
  const std::string inside = CleanPath(absl::StrCat(mount->root, below(path, mount->mount_point)));
  std::vector<std::string> others;
  for (const MountEntry& other : table) {
    if (other.id != mount_id && other.device == mount->device && IsIn(inside, other.root)) {
      others.push_back(CleanPath(absl::StrCat(other.mount_point, below(inside, other.root))));
    }
  }
  return others;
}

absl::Status Relabel(const Call& call, absl::string_view path, const std::string& label,
                     const DaemonPlaces& daemon) {
  const std::string clean = CleanPath(path);
  if (KeepsItsLabel(clean, daemon)) {
    return OfTheNode(clean);
  }
  ASSIGN_OR_RETURN(const sys::Fd root,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY), "open /"));
  ASSIGN_OR_RETURN(const sys::Fd top,
                   ToStatusOr(sys::OpenBeneath(root.get(), clean.c_str() + 1, O_PATH | O_NOFOLLOW),
                              "open ", clean));
  RETURN_IF_ERROR(CheckMayBeRelabelled(top, clean, daemon));
  RETURN_IF_ERROR(SetLabel(top, label, clean));
  Relabelling relabelling(call, label, /*lenient=*/false);
  return LabelBelow(top, clean, relabelling);
}

absl::Status LabelOwn(const Call& call, const std::string& path, const std::string& label) {
  ASSIGN_OR_RETURN(
      const sys::Fd top,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH | O_NOFOLLOW), "open ", path));
  if (HasLabel(top, label) || !TakesLabels(top)) {
    return absl::OkStatus();
  }
  Relabelling relabelling(call, label, /*lenient=*/true);
  RETURN_IF_ERROR(LabelBelow(top, path, relabelling));
  LogIfError(relabelling.passed_over(), "some files keep their SELinux label");
  return SetLabel(top, label, path);
}

}  // namespace berth::runtime
