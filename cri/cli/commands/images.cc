// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/images.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_filters.h"
#include "cri/cli/engine_lists.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct ImagesOptions {
  ListFlags list;
  std::string name;
  bool digests = false;
};

Json AsJson(const std::vector<ImageView>& views) {
  Json array = Json::array();
  for (const ImageView& view : views) {
    array.push_back({{"id", view.image.id()},
                     {"repoTags", view.image.repo_tags()},
                     {"repoDigests", view.image.repo_digests()},
                     {"createdAt", view.created},
                     {"size", view.image.size()},
                     {"pinned", view.image.pinned()}});
  }
  return array;
}

Table AsTable(const std::vector<ImageView>& views, const ImagesOptions& options) {
  constexpr char kUnknown[] = "N/A";  // docker does not ask for it either
  Table table(Columns{{"REPOSITORY"},
                      {"TAG"},
                      {"DIGEST", "", !options.digests},
                      {"IMAGE ID", "ID"},
                      {"CREATED", "CreatedSince"},
                      {"SIZE"},
                      {"CONTAINERS", "", true},
                      {"CREATED AT", "", true},
                      {"SHARED SIZE", "", true},
                      {"UNIQUE SIZE", "", true},
                      {"VIRTUAL SIZE", "", true}});
  for (const ImageView& view : views) {
    const std::string created = view.created_at() == absl::InfinitePast()
                                    ? kUnknown
                                    : CreationText(view.created_at(), absl::LocalTimeZone());
    for (const ImageName& name : NamesOf(view.image)) {
      table.Add({name.repository, name.tag, name.digest.empty() ? "<none>" : name.digest,
                 ShortId(view.image.id(), options.list.whole),
                 AgeText(view.created_at(), absl::Now()), HumanSize(view.image.size()), kUnknown,
                 created, kUnknown, kUnknown, HumanSize(view.image.size(), kExactDigits)});
    }
  }
  return table;
}

// Takes away what the daemon's filters do not choose: images, or names of them.
absl::Status Choose(const Session& session, const std::vector<std::string>& pairs,
                    v1::ListImagesResponse& list) {
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(pairs));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget({"/images/json"}, {{"filters", FiltersText(filters)}});
  ASSIGN_OR_RETURN(const berth::Json chosen, engine.AskJson(call));
  KeepChosen(chosen, filters.count("reference") > 0, list);
  return absl::OkStatus();
}

absl::StatusOr<v1::ListImagesResponse> List(const Client& client, const std::string& name) {
  v1::ListImagesRequest request;
  ASSIGN_OR_RETURN(v1::ListImagesResponse all,
                   client.Call(&Client::Images::ListImages, request, "listing images"));
  if (name.empty()) {
    return all;
  }
  KeepNamed(name, all);
  if (!all.images().empty()) {
    return all;
  }
  request.mutable_filter()->mutable_image()->set_image(name);  // an id, or a digest
  return client.Call(&Client::Images::ListImages, request, "listing images");
}

absl::StatusOr<int> RunImages(const Session& session, const ImagesOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  std::vector<std::string> filters = options.list.filters;
  const bool is_pattern = options.name.find_first_of("*?[") != std::string::npos;
  if (is_pattern) {
    filters.push_back(absl::StrCat("reference=", options.name));
  }
  ASSIGN_OR_RETURN(v1::ListImagesResponse list, List(client, is_pattern ? "" : options.name));
  if (!filters.empty()) {
    RETURN_IF_ERROR(Choose(session, filters, list));
  }
  ASSIGN_OR_RETURN(const std::vector<ImageView> views, ViewImages(client, list));
  if (options.list.quiet) {
    for (const ImageView& view : views) {
      for (size_t names = NamesOf(view.image).size(); names > 0; --names) {  // as docker
        Print(ShortId(view.image.id(), options.list.whole) + "\n");
      }
    }
    return 0;
  }
  ASSIGN_OR_RETURN(const std::string text,
                   FormatList(AsJson(views), AsTable(views, options), options.list.format));
  Print(text);
  return 0;
}

}  // namespace

void DefineImages(Verb& verb) {
  verb.set_description("List images");
  auto options = std::make_shared<ImagesOptions>();
  verb.Add("IMAGE", options->name, "only of this repository, name, pattern of these, digest or id");
  verb.AddUsual("-a,--all", "also images on the way to others, of which there are none");
  AddListFlags(verb, options->list, /*has_ids=*/true);
  verb.AddFlag("--digests", options->digests, "show digests");
  verb.set_footer("Filters: before, dangling, label, reference, since.");
  verb.set_action([options](const Session& session) { return RunImages(session, *options); });
}

}  // namespace berth::cli
