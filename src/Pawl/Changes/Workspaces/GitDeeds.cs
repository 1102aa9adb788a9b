using System.Globalization;
using Pawl.Changes.Sandboxes;

namespace Pawl.Changes.Workspaces;

/// <summary>
/// What somebody did with git in a checkout, said by name. What only reads, and what edits files as any program may, is not mentioned; nor is a repository of its own, such as tests make,
/// unless something is pushed from there to another place than this machine.
/// </summary>
/// <param name="checkout">The checkout, without symlinks in its path.</param>
/// <param name="others">Folders of others: what is done to repositories there is told as well.</param>
/// <param name="clean">Makes what was typed harmless.</param>
internal sealed class GitDeeds(string checkout, IReadOnlyList<string> others, Func<string, string> clean)
{
    private const int LineCharacters = 120;
    private const int PlacesMax = 3;

    private static readonly Deed[] Deeds =
    [
        new("push send-pack", "pushed", "tried to push", "to"),
        new("fetch pull clone ls-remote", "fetched", "tried to fetch", "from"),
        new("remote", "changed the remotes", "tried to change the remotes"),
        new("commit commit-tree", "committed by itself", "tried to commit by itself"),
        new("checkout switch branch", "switched or made branches", "tried to switch or make branches"),
        new("am merge rebase cherry-pick revert filter-branch", "rewrote or joined history", "tried to rewrite or join history"),
        new("reset", "reset what was there", "tried to reset what was there"),
        new("update-ref symbolic-ref replace reflog fast-import", "changed refs by hand", "tried to change refs by hand"),
        new("config", "configured git", "tried to configure git"),
        new("stash", "stashed", "tried to stash"),
        new("tag", "tagged", "tried to tag"),
        new("worktree submodule submodule--helper", "made other worktrees or submodules", "tried to make other worktrees or submodules"),
        new("credential", "asked git for credentials", "tried to ask git for credentials"),
    ];

    private static readonly string[] Listing = ["-l", "--list", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at", "--show-current"];
    private static readonly string[] WithValue = ["-f", "--file", "--blob", "--type", "--default"];

    private readonly string _own = Path.Combine(checkout, ".git");

    /// <summary>Each kind of deed once, with its first command, and pushes and fetches once for each of a few places: <c>tried to push: git push -q origin main</c>.</summary>
    public IEnumerable<string> Of(IEnumerable<GitCommand> commands) => commands
        .Where(command => (Concerns(command.WorkTree) || Concerns(command.GitDirectory) || (command.Name is "push" or "send-pack" && IsElsewhere(command))) && Changes(command))
        .Select(command => (Deed: Array.Find(Deeds, deed => deed.Commands.Split(' ').Contains(command.Name)), Command: command))
        .Where(each => each.Deed is not null)
        .GroupBy(each => each.Deed!, each => each.Command)
        .OrderBy(group => Array.IndexOf(Deeds, group.Key))
        .SelectMany(group => group.Key.Direction is null ? [Say(group.Key, [.. group])] : SayPlaces(group.Key, group));

    private bool Concerns(string? folder) =>
        folder is not null && (folder == checkout || folder == _own || (!RealPath.IsWithin(folder, checkout) && others.Any(other => RealPath.IsWithin(folder, other))));

    // Other machines first, and what was done before what was tried.
    private List<string> SayPlaces(Deed deed, IEnumerable<GitCommand> commands)
    {
        var places = commands.GroupBy(Place, StringComparer.Ordinal).Select(place => place.OrderBy(End).ToList()).OrderByDescending(place => IsElsewhere(place[0])).ThenBy(place => End(place[0])).ToList();
        var told = places.Take(PlacesMax).Select(place => Say(deed, place)).ToList();
        if (places.Count > PlacesMax) told[^1] += $", and {deed.Direction} {Words.Count(places.Count - PlacesMax, "more place")}";
        return told;
    }

    private string Say(Deed deed, List<GitCommand> commands)
    {
        var told = commands.MinBy(End)!;
        var line = clean(string.Join(' ', (IEnumerable<string>)["git", told.Name, .. told.Arguments]));
        var shown = $"{ShortText.Start(line, LineCharacters)}{(line.Length > LineCharacters ? "…" : "")}";
        var place = deed.Direction is null || told.Reached.Count == 0 ? "" : ShortText.Start(clean(Place(told)), LineCharacters);
        var where = told.GitDirectory is { } directory && directory != _own ? $" in {clean(directory)}" : told.WorkTree == checkout || told.GitDirectory is not null ? "" : told.WorkTree is { } tree ? $" in {clean(tree)}" : " in a folder without files";
        return string.Concat(
            told.ExitCode is 0 ? deed.Done : deed.Tried,
            ": ",
            shown,
            place.Length == 0 || shown.Contains(place, StringComparison.Ordinal) ? "" : $" {deed.Direction} {place}",
            where,
            told.ExitCode is null ? " (how it ended is not known)" : "",
            commands.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $", and {commands.Count - 1:N0} more such") : "");
    }

    // Done, perhaps done, tried in vain.
    private static int End(GitCommand command) => command.ExitCode switch { 0 => 0, null => 1, _ => 2 };

    // Where git says it turned to, else where it was told to: an address, or the first word.
    private static string Place(GitCommand command) => command.Reached.Count > 0
        ? string.Join(", ", command.Reached)
        : command.Arguments.FirstOrDefault(argument => argument.Contains("://", StringComparison.Ordinal)) ?? command.Arguments.FirstOrDefault(argument => !argument.StartsWith('-')) ?? "";

    // As git reads it: a colon before any slash is another host.
    private static bool IsElsewhere(GitCommand command)
    {
        var place = Place(command);
        return command.Reached.Count > 0 || (place.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && !place.AsSpan(0, colon).Contains('/') && !place.StartsWith("file://", StringComparison.Ordinal));
    }

    private static bool Changes(GitCommand command)
    {
        var given = command.Arguments;
        var words = given.Where((argument, at) => !argument.StartsWith('-') && (at == 0 || !WithValue.Contains(given[at - 1]))).ToList();
        var first = words.Count > 0 ? words[0] : "";
        return command.Name switch
        {
            "checkout" => command.Mode != "path" && !(command.Mode is null && given.Any(argument => argument == "--")),
            "branch" => words.Count > 0 && !given.Any(Listing.Contains),
            "tag" => words.Count > 0 && !given.Any(argument => Listing.Contains(argument) || argument is "-v" or "--verify" || argument.StartsWith("-n", StringComparison.Ordinal)),
            "remote" => first is "add" or "rename" or "remove" or "rm" or "set-url" or "set-head" or "set-branches" or "update",
            "config" => !given.Any(argument => argument is "-l" or "--list" || argument.StartsWith("--get", StringComparison.Ordinal) || argument.StartsWith("--show", StringComparison.Ordinal))
                && first is not ("list" or "get") && (words.Count > 1 || given.Any(argument => argument is "-e" or "--edit" || argument.StartsWith("--unset", StringComparison.Ordinal) || argument.StartsWith("--remove", StringComparison.Ordinal))),
            "stash" => first is not ("list" or "show" or "create"),
            "reset" => command.Mode is not ("path" or "mixed") || words.Exists(word => word != "HEAD"),
            "symbolic-ref" => words.Count > 1 || given.Any(argument => argument is "-d" or "--delete"),
            "replace" => words.Count > 0 && !given.Any(Listing.Contains),
            "reflog" => first is "expire" or "delete",
            "worktree" or "submodule" or "submodule--helper" => first is "add" or "remove" or "move" or "update" or "init" or "deinit" or "clone" or "sync" or "set-url",
            _ => true,
        };
    }

    /// <param name="Direction">Stands before a place elsewhere, where the deed has one.</param>
    private sealed record Deed(string Commands, string Done, string Tried, string? Direction = null);
}
