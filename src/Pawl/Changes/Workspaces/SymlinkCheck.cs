using System.Text;

namespace Pawl.Changes.Workspaces;

/// <summary>Whether the symlinks of a tree stay in it, each followed as the system would, through the tree's other symlinks as well.</summary>
internal sealed class SymlinkCheck(IReadOnlyDictionary<string, string> targets)
{
    private const int StepsMax = 40; // as the kernel: more is a loop, which leads nowhere

    /// <summary>Reads the targets of a tree's symlinks.</summary>
    public static async Task<SymlinkCheck> ReadAsync(OwnDirectory own, IReadOnlyList<RawEntry> entries, CancellationToken cancellationToken)
    {
        var links = entries.Where(entry => entry.Mode == RawEntry.Symlink).ToList();
        var targets = new Dictionary<string, string>(StringComparer.Ordinal);
        if (links.Count == 0) return new SymlinkCheck(targets);
        var call = own.Call("cat-file", "--batch") with { Input = Encoding.ASCII.GetBytes(string.Concat(links.Select(link => link.Id + "\n"))) };
        var output = (await own.Git.RunAsync(call, cancellationToken).ConfigureAwait(false)).Output;
        var at = 0;
        foreach (var link in links)
        {
            // id SP type SP size LF content LF
            var end = Array.IndexOf(output, (byte)'\n', at);
            var size = int.Parse(Encoding.ASCII.GetString(output, at, end - at).Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
            targets[link.Path] = Encoding.Latin1.GetString(output, end + 1, size);
            at = end + 1 + size + 1;
        }

        return new SymlinkCheck(targets);
    }

    /// <summary>The raw paths of symlinks that lead out of the tree or into a git directory, each with its target.</summary>
    public IEnumerable<(string Path, string Target)> Leaving() =>
        targets.Where(link => Leaves(link.Key)).Select(link => (link.Key, link.Value));

    private bool Leaves(string path)
    {
        var steps = 0;
        var place = new List<string>();
        var ahead = new Stack<string>(path.Split('/').Reverse());
        while (ahead.TryPop(out var part))
        {
            if (part is "" or ".") continue;
            if (part == "..")
            {
                if (place.Count == 0) return true;
                place.RemoveAt(place.Count - 1);
                continue;
            }

            if (RefusedName.IsGitDirectory(GitText.Decode(part))) return true;
            place.Add(part);
            if (!targets.TryGetValue(string.Join('/', place), out var target)) continue;
            if (++steps > StepsMax) return false;
            if (target.StartsWith('/') || target.Contains('\\', StringComparison.Ordinal)) return true;
            place.RemoveAt(place.Count - 1);
            foreach (var next in target.Split('/').Reverse()) ahead.Push(next);
        }

        return false;
    }
}
