// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/image_commit.h"

#include <utility>

#include "base/json.h"
#include "base/status.h"
#include "imageservice/build/image_draft.h"
#include "imageservice/build/metadata_step.h"
#include "imageservice/image/config.h"

namespace berth::imageservice {
namespace {

absl::StatusOr<std::string> Beginning(const CommitDraft& commit) {
  Json document;
  if (commit.base.empty()) {
    ASSIGN_OR_RETURN(document,
                     ParseJson(ImageDraft::Scratch(commit.platform).Format(), kMaxConfigSize));
    document.erase("config");
  } else {
    ASSIGN_OR_RETURN(document, ParseJson(commit.base, kMaxConfigSize));
  }
  if (!commit.config.empty()) {
    ASSIGN_OR_RETURN(document["config"], ParseJson(commit.config, kMaxConfigSize));
  }
  return FormatJson(document);
}

}  // namespace

absl::StatusOr<std::string> FormatCommit(const CommitDraft& commit) {
  ASSIGN_OR_RETURN(const std::string beginning, Beginning(commit));
  ASSIGN_OR_RETURN(ImageDraft draft, ImageDraft::On(beginning));
  for (const std::string& change : commit.changes) {
    RETURN_IF_ERROR(ApplyChange(change, draft));
  }
  ASSIGN_OR_RETURN(Json document, ParseJson(draft.Format(), kMaxConfigSize));
  Json step = {{"created", commit.created}};
  const auto note = [&step](const char* key, const std::string& value) {
    if (!value.empty()) {
      step[key] = value;
    }
  };
  note("author", commit.author);
  note("created_by", commit.created_by);
  note("comment", commit.comment);
  if (!commit.has_layer) {
    step["empty_layer"] = true;
  }
  if (!document["history"].is_array()) {
    document["history"] = Json::array();
  }
  document["history"].push_back(std::move(step));
  document["created"] = commit.created;
  if (!commit.author.empty()) {
    document["author"] = commit.author;
  }
  return FormatJson(document);
}

}  // namespace berth::imageservice
