using System.Globalization;

namespace Pawl.Changes.Workspaces;

/// <summary>Reads trees of a change's repository. No file of any work tree is looked at, so no attribute of an agent's counts.</summary>
internal sealed class TreeReader(OwnDirectory own)
{
    private const long PatchBytesMax = 64L * 1024 * 1024;

    // Between two trees a submodule that was removed has to be seen; nothing of it is opened, as it would be in a work tree.
    private static readonly string[] DiffTree =
        ["diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--submodule=short", "--full-index"];

    private const int TreesKept = 3; // a change goes back and forth between its base, what an agent made of it and what a check left

    private readonly Lock _turn = new();
    private readonly List<(string Tree, IReadOnlyList<RawEntry> Entries)> _kept = [];

    /// <summary>The entries of a tree, as git orders them.</summary>
    public async Task<IReadOnlyList<RawEntry>> EntriesAsync(string treeish, CancellationToken cancellationToken)
    {
        lock (_turn)
        {
            if (_kept.Find(kept => kept.Tree == treeish).Entries is { } known) return known;
        }

        var result = await own.RunAsync(["ls-tree", "-r", "-z", "--full-tree", GitText.Id(treeish)], cancellationToken).ConfigureAwait(false);
        IReadOnlyList<RawEntry> entries = [.. GitText.Records(result.Output).Select(RawEntry.Parse)];
        lock (_turn)
        {
            if (_kept.Count == TreesKept) _kept.RemoveAt(0);
            _kept.Add((treeish, entries));
        }

        return entries;
    }

    /// <summary>A file's content; null where there is no file of that path.</summary>
    public async Task<byte[]?> ReadAsync(string treeish, string path, long atMost, CancellationToken cancellationToken)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || path.Split('/').Any(part => part is "" or "." or "..")) return null;
        var call = own.Call("ls-tree", "-z", "-l", "--full-tree", GitText.Id(treeish), "--", path) with
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["GIT_LITERAL_PATHSPECS"] = "1" },
        };
        var found = await own.Git.RunAsync(call, cancellationToken).ConfigureAwait(false);
        if (GitText.Records(found.Output) is not [var record] || RawEntry.Parse(record) is not { Mode: "100644" or "100755" } entry) return null;
        if (entry.Size > atMost) throw new BadInputException($"{path} has {entry.Size} bytes, and at most {atMost} are read.");
        return (await own.RunAsync(["cat-file", "blob", entry.Id], cancellationToken).ConfigureAwait(false)).Output;
    }

    /// <summary>What differs between two trees.</summary>
    public async Task<IReadOnlyList<RawChange>> ChangesAsync(string from, string to, CancellationToken cancellationToken)
    {
        var result = await own.RunAsync([.. DiffTree, "--raw", GitText.Id(from), GitText.Id(to)], cancellationToken).ConfigureAwait(false);
        return [.. GitText.Records(result.Output).Chunk(2).Select(pair => RawChange.Parse(pair[0], pair[1]))];
    }

    /// <summary>What differs between two trees, with lines counted.</summary>
    public async Task<TreeDiff> DiffAsync(string from, string to, CancellationToken cancellationToken)
    {
        var result = await own.RunAsync([.. DiffTree, "--raw", "--numstat", GitText.Id(from), GitText.Id(to)], cancellationToken).ConfigureAwait(false);
        var records = GitText.Records(result.Output);
        var raw = new List<RawChange>();
        var at = 0;
        for (; at < records.Count && records[at].StartsWith(':'); at += 2) raw.Add(RawChange.Parse(records[at], records[at + 1]));

        // added TAB removed TAB path, with a dash for either count of a binary file
        var lines = records.Skip(at).Where(record => record.Length > 0).Select(record => record.Split('\t', 3)).ToDictionary(words => words[2], StringComparer.Ordinal);
        var files = raw.Select(change => File(change, lines.GetValueOrDefault(change.Path) ?? ["0", "0"])).ToList();
        return new TreeDiff(files, await PatchBytesAsync(from, to, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The patch that makes one tree of the other, binary files included: bytes, for not every text in it is UTF-8.</summary>
    public async Task<byte[]> PatchAsync(string from, string to, CancellationToken cancellationToken) =>
        (await own.Git.RunAsync(PatchCall(from, to) with { OutputBytesMax = PatchBytesMax }, cancellationToken).ConfigureAwait(false)).Output;

    private async Task<long> PatchBytesAsync(string from, string to, CancellationToken cancellationToken)
    {
        using var counter = new CountingStream();
        await own.Git.RunAsync(PatchCall(from, to) with { OutputStream = counter, OutputBytesMax = long.MaxValue }, cancellationToken).ConfigureAwait(false);
        return counter.Length;
    }

    private GitCall PatchCall(string from, string to) =>
        own.Call([.. DiffTree.Where(option => option != "-z"), "-p", "--binary", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", GitText.Id(from), GitText.Id(to)]);

    private static ChangedFile File(RawChange change, string[] lines) => new(
        GitText.Decode(change.Path),
        change.Status switch { 'A' => ChangeKind.Added, 'D' => ChangeKind.Deleted, 'T' => ChangeKind.TypeChanged, _ => ChangeKind.Modified },
        OnlyIf(change.Status != 'A', change.OldMode), OnlyIf(!change.IsDeletion, change.NewMode),
        OnlyIf(change.Status != 'A', change.OldId), OnlyIf(!change.IsDeletion, change.NewId),
        Count(lines[0]), Count(lines[1]), lines[0] == "-");

    private static string? OnlyIf(bool condition, string value) => condition ? value : null;

    private static long Count(string number) => long.TryParse(number, CultureInfo.InvariantCulture, out var count) ? count : 0;
}
