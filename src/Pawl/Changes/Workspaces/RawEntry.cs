namespace Pawl.Changes.Workspaces;

/// <summary>One entry of a tree as git prints it; the path is raw.</summary>
internal readonly record struct RawEntry(string Mode, string Id, string Path, long? Size)
{
    public const string Submodule = "160000";
    public const string Symlink = "120000";

    /// <summary>The entry for a record of `git ls-tree -z`, with or without sizes: <c>mode type id[ size]TABpath</c>.</summary>
    public static RawEntry Parse(string record)
    {
        var tab = record.IndexOf('\t', StringComparison.Ordinal);
        var words = record[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var size = words.Length > 3 && long.TryParse(words[3], System.Globalization.CultureInfo.InvariantCulture, out var bytes) ? bytes : (long?)null;
        return new RawEntry(words[0], words[2], record[(tab + 1)..], size);
    }

    /// <summary>The entry as `git update-index --index-info` reads it.</summary>
    public string ToIndexInfo() => $"{Mode} {Id}\t{Path}";
}

/// <summary>One difference of two trees as `git diff-tree --raw` prints it; the path is raw.</summary>
internal readonly record struct RawChange(string OldMode, string NewMode, string OldId, string NewId, char Status, string Path)
{
    /// <summary>Whether the path is gone.</summary>
    public bool IsDeletion => Status == 'D';

    /// <summary>The change for a record without its leading colon, and the path that follows it.</summary>
    public static RawChange Parse(string record, string path)
    {
        var words = record.TrimStart(':').Split(' ');
        return new RawChange(words[0], words[1], words[2], words[3], words[4][0], path);
    }

    /// <summary>The change as `git update-index --index-info` reads it.</summary>
    public string ToIndexInfo() => IsDeletion ? $"0 {new string('0', OldId.Length)}\t{Path}" : $"{NewMode} {NewId}\t{Path}";
}
