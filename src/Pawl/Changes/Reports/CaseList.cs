using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pawl.Changes.Reports;

/// <summary>Gathers the cases of one report: ids unique and bounded, texts cut to what is kept, their number limited.</summary>
internal sealed class CaseList
{
    private const int DigestCharacters = 16;

    private readonly List<TestCase> _cases = [];
    private readonly Dictionary<string, int> _met = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public IReadOnlyList<TestCase> Cases => _cases;

    /// <exception cref="ReportException">There are more cases than a report may hold.</exception>
    public void Add(TestCase test)
    {
        if (_cases.Count == Limits.ReportCases) throw new ReportException(TooMany);
        _cases.Add(test with
        {
            Id = Unique(Short(test.Id)),
            Message = Kept(test.Message, Limits.ReportMessageCharacters),
            Stack = Kept(test.Stack, Limits.ReportStackCharacters),
            File = test.File is null ? null : ShortText.Start(test.File, Limits.ReportIdCharacters),
        });
    }

    public static string TooMany => string.Create(CultureInfo.InvariantCulture, $"more than {Limits.ReportCases:N0} tests. Split the check.");

    /// <summary>A text of at most so many characters, with a note where it was longer.</summary>
    public static string Kept(string text, int characters)
    {
        const string Note = " [cut]";
        return text.Length <= characters ? text : ShortText.Start(text, characters - Note.Length) + Note;
    }

    /// <summary>An id on one line; what is too long keeps its beginning and a digest of all of it.</summary>
    public static string Short(string id)
    {
        var line = id.AsSpan().IndexOfAny(Controls) < 0 ? id.Trim() : string.Concat(id.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        if (line.Length == 0) return "(no name)";
        if (line.Length <= Limits.ReportIdCharacters) return line;
        // Half a surrogate pair has no bytes of its own and is hashed as its replacement.
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)))[..DigestCharacters];
        return $"{ShortText.Start(line, Limits.ReportIdCharacters)}…{digest}";
    }

    private static readonly System.Buffers.SearchValues<char> Controls =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(0, 32).Append(127).Concat(Enumerable.Range(128, 32)).Select(c => (char)c)]);

    private string Unique(string id)
    {
        ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_met, id, out _);
        count++;
        var unique = count == 1 ? id : string.Create(CultureInfo.InvariantCulture, $"{id} #{count}");
        // A test may be called "a #2" itself.
        while (!_taken.Add(unique)) unique = string.Create(CultureInfo.InvariantCulture, $"{id} #{++count}");
        return unique;
    }
}
