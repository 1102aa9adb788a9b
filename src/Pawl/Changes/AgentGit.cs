using System.Text.RegularExpressions;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>
/// What an agent did with git itself while it ran. None of it counts, since Pawl alone takes trees and commits; but a reviewer should know. It is told from the events that git
/// writes down, and from what became of the checkout's <c>.git</c>. An agent that hides can keep its commands from being written down, and not what it leaves.
/// </summary>
internal sealed partial class AgentGit
{
    private const int NotesMax = 10;

    private readonly string _checkout;
    private readonly string _folder;
    private readonly IReadOnlyList<string> _others;
    private readonly GitState _before;

    private AgentGit(string checkout, string folder, IReadOnlyList<string> others) => (_checkout, _folder, _others, _before) = (checkout, folder, others, GitState.Of(checkout));

    /// <summary>Begins to watch, before the agent is started.</summary>
    /// <param name="checkout">Its checkout; beside it a folder is made, which <see cref="Notes"/> takes away.</param>
    /// <param name="others">Folders with repositories of others, which it has no business in.</param>
    public static AgentGit Watch(Worktree checkout, IReadOnlyList<string> others)
    {
        // Not within the .git, which is read-only in the best sandbox, and which an agent may take away.
        var folder = WorkFolder.Fresh(checkout.Folder + ".events");
        return new AgentGit(checkout.Folder, RealPath.Of(folder), others);
    }

    /// <summary>The agent's command, so that git writes its events down. A variable that the user sets for the agent stays theirs.</summary>
    public SandboxedCommand Watched(SandboxedCommand command)
    {
        var environment = new Dictionary<string, string>(command.Environment, StringComparer.Ordinal);
        environment.TryAdd(GitEvents.Variable, EventsFile);
        return command with { Writable = [.. command.Writable, _folder], Environment = environment };
    }

    /// <summary>What it did, each as what somebody did, at most ten; once, after it ended.</summary>
    /// <param name="printed">What it printed.</param>
    /// <param name="clean">Makes what it wrote harmless, and takes secrets out.</param>
    public IReadOnlyList<string> Notes(string printed, Func<string, string> clean)
    {
        var events = GitEvents.Read(EventsFile);
        var isTakenAway = WorkFolder.Delete(_folder);
        List<string> notes =
        [
            .. new GitDeeds(RealPath.Of(_checkout), [.. _others.Select(RealPath.Of)], clean).Of(events.Commands),
            .. GitState.Of(_checkout).Since(_before, clean),
            .. Refused(printed, clean),
        ];
        if (!isTakenAway) notes.Add($"left what cannot be taken away: {_folder}");
        if (events.IsCut) notes.Add("ran git so often that not all of it was looked at");
        return notes.Count <= NotesMax ? notes : [.. notes.Take(NotesMax - 1), $"did {Words.Count(notes.Count - NotesMax + 1, "thing")} more of this kind"];
    }

    private string EventsFile => Path.Combine(_folder, "git.jsonl");

    // Where the .git is read-only nothing of an attempt on it is left but the complaint of the program that made it. The lock of the index is there for readers too.
    private static IEnumerable<string> Refused(string printed, Func<string, string> clean)
    {
        var paths = Complaint().Matches(printed).Select(match => match.Groups["path"].Value).Where(path => !path.EndsWith("index.lock", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).ToList();
        return paths.Count == 0 ? [] : [$"tried to write to its .git, which it may only read: {Words.Some(paths, clean)}"];
    }

    [GeneratedRegex(
        """(?<![\w.])(?<path>\.git(?:/[^\s'’":]{1,100})?)['"’]?(?: to '[^'\n]{0,100}')?: (?:Read-only file system|Device or resource busy)|(?i:read-only file system)[:,][^'\n]{0,20}'(?:[^'\n]{0,200}/)?(?<path>\.git(?:/[^\s'’":]{1,100})?)'""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Complaint();
}
