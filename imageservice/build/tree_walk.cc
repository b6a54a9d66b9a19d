// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/tree_walk.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/inode.h"
#include "imageservice/layer/member_path.h"

namespace berth::imageservice {
namespace {

class Walk {
 public:
  Walk(const Call& call, const WalkFilter& filter, VisitNode visit)
      : call_(call), filter_(filter), visit_(visit) {}

  absl::Status Node(const MergedNode& node, const std::string& path) {
    RETURN_IF_ERROR(call_.Check());
    const bool is_out = !path.empty() && filter_.leaves_out(path);
    if (node.kind != MergedNode::Kind::kDirectory) {
      return is_out ? absl::OkStatus() : Tell(node, path);
    }
    if (is_out && !filter_.looks_below) {
      return absl::OkStatus();
    }
    if (above_.size() >= kMaxPathDepth) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": directories too deep"));
    }
    above_.push_back({&node, path, false});
    absl::Status done = is_out ? absl::OkStatus() : Flush();
    if (done.ok()) {
      done = Children(node, path);
    }
    above_.pop_back();
    return done;
  }

 private:
  struct Above {
    const MergedNode* node;
    std::string path;
    bool told;
  };

  absl::Status Children(const MergedNode& node, const std::string& path) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, ChildNames(node));
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(const MergedNode child, FindChild(node, name));
      if (child.kind != MergedNode::Kind::kAbsent) {
        RETURN_IF_ERROR(Node(child, path.empty() ? name : absl::StrCat(path, "/", name)));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Tell(const MergedNode& node, const std::string& path) {
    RETURN_IF_ERROR(Flush());
    return visit_(path, node);
  }

  // Tells of the directories on the way that have not been told of.
  absl::Status Flush() {
    for (Above& each : above_) {
      if (!std::exchange(each.told, true)) {
        RETURN_IF_ERROR(visit_(each.path, *each.node));
      }
    }
    return absl::OkStatus();
  }

  const Call& call_;
  const WalkFilter& filter_;
  const VisitNode visit_;
  std::vector<Above> above_;
};

}  // namespace

absl::Status WalkTree(const Call& call, const MergedNode& top, const std::string& path,
                      const WalkFilter& filter, VisitNode visit) {
  return Walk(call, filter, visit).Node(top, path);
}

}  // namespace berth::imageservice
