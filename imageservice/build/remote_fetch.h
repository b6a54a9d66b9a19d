// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <string>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/remote_source.h"
#include "imageservice/build/url_notes.h"
#include "imageservice/registry/http_client.h"

namespace berth::imageservice {

// What has been fetched, in a directory of its own.
struct RemoteTree {
  std::string path;           // in the directory, relative: the file, or the repository's part
  timespec made_at = {0, 0};  // of a file, as its server says; else 1970
  std::string digest;         // of a file: sha256:…
  std::string etag;           // of a file, as its server says
  bool is_unchanged = false;  // the file is what is known of it, and has not been fetched
  std::string commit;         // of a repository
};

// Fetches into the empty `directory` (a path of ours), a repository without its .git unless that is
// kept. Redirects lead to http and https only.
// `known` is what the file was before, null when nothing is known.
// `checksum`, where it is not empty, is what the file's digest or the commit must be:
// InvalidArgument when it is not, and when the file has more than kMaxRemoteFile bytes. The errors
// of HttpError and CheckOut.
absl::StatusOr<RemoteTree> FetchRemote(const Call& call, HttpClient& http,
                                       const RemoteSource& source, const std::string& checksum,
                                       const std::string& directory, bool keeps_git = false,
                                       const UrlNote* known = nullptr);

}  // namespace berth::imageservice
