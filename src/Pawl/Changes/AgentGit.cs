using System.Text.RegularExpressions;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>
/// What an agent did with git itself while it ran. None of it counts, since Pawl alone takes trees and commits; but a reviewer should know. It is told from what became of the checkout's
/// <c>.git</c>, and of the user's where that is in reach, and from the events that git writes down. An agent that hides can keep its commands from being written down, and not what it
/// leaves: so that comes first, and no number of commands hides it.
/// </summary>
internal sealed partial class AgentGit
{
    private readonly string _checkout;
    private readonly string _folder;
    private readonly string _events;
    private readonly IReadOnlyList<string> _others;
    private readonly List<(Func<GitState> Read, GitState Before)> _watched;

    private AgentGit(string checkout, string folder, IReadOnlyList<string> others, IEnumerable<Func<GitState>> watched)
    {
        (_checkout, _folder, _events, _others) = (checkout, folder, Path.Combine(folder, "git.jsonl"), others);
        _watched = [.. watched.Select(read => (read, read()))];
    }

    /// <summary>Begins to watch, before the agent is started.</summary>
    /// <param name="checkout">Its checkout; beside it a folder is made, which <see cref="Notes"/> takes away.</param>
    /// <param name="confinement">Where it runs; in repositories that are hidden there it has no business either.</param>
    public static AgentGit Watch(Worktree checkout, Confinement confinement)
    {
        // Not within the .git, which is read-only in the best sandbox, and which an agent may take away.
        var folder = RealPath.Of(WorkFolder.Fresh(checkout.Folder + ".events"));
        List<Func<GitState>> watched = [() => GitState.Of(checkout.Folder)];
        if (confinement is { Sandbox.Rung: not SandboxRung.Bubblewrap, Repository: { } repository })
        {
            var users = RealPath.Of(repository);
            watched.Add(() => GitState.OfUser(users));
        }

        var git = new AgentGit(checkout.Folder, folder, confinement.Hidden, watched);
        GitEvents.Begin(git._events);
        return git;
    }

    /// <summary>The agent's command, so that git writes its events down. A variable that the user sets for the agent stays theirs.</summary>
    public SandboxedCommand Watched(SandboxedCommand command)
    {
        var environment = new Dictionary<string, string>(command.Environment, StringComparer.Ordinal);
        environment.TryAdd(GitEvents.Variable, _events);
        return command with { Writable = [.. command.Writable, _folder], Environment = environment };
    }

    /// <summary>What it did, each kind as what somebody did: first what it left, then what it ran. Once, after it ended.</summary>
    /// <param name="printed">What it printed.</param>
    /// <param name="clean">Makes what it wrote harmless, and takes secrets out.</param>
    public IReadOnlyList<string> Notes(string printed, Func<string, string> clean)
    {
        // A path that leads elsewhere now is no longer that of the file.
        var events = GitEvents.Read(RealPath.Of(_events) == _events ? _events : "/dev/null");
        var isTakenAway = WorkFolder.Delete(_folder);
        return
        [
            .. _watched.SelectMany(each => each.Read().Since(each.Before, clean)),
            .. Refused(printed, clean),
            .. events.IsWhole ? Array.Empty<string>() : ["removed or replaced the file that git writes its events to, so that its commands are not known"],
            .. events.IsCut ? ["ran git so often that not all of it was looked at"] : Array.Empty<string>(),
            .. isTakenAway ? Array.Empty<string>() : [$"left what cannot be taken away: {_folder}"],
            .. new GitDeeds(RealPath.Of(_checkout), [.. _others.Select(RealPath.Of)], clean).Of(events.Commands),
        ];
    }

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
