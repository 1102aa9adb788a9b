using System.Globalization;

namespace Pawl.EndToEnd;

/// <summary>Run files in the hive format, as many as a test needs.</summary>
internal static class HiveFiles
{
    public const int DecisionsEach = 10;

    /// <summary>Writes a directory of runs and returns its path.</summary>
    public static string Write(string directory, int runs)
    {
        Directory.CreateDirectory(Path.Combine(directory, "runs"));
        for (var n = 0; n < runs; n++) File.WriteAllText(Path.Combine(directory, "runs", Id(n) + ".json"), Run(Id(n)));
        return directory;
    }

    /// <summary>The JSON of one run.</summary>
    public static string Run(string id, string narrative = "fine")
    {
        var decisions = Enumerable.Range(0, DecisionsEach).Select(n => $$"""
            {"id":"dec_{{n}}","timestamp":"2026-11-20T23:57:49.287985","node_id":"n","intent":"i","decision_type":"custom","options":[{"id":"a"},{"id":"b"}],
             "chosen_option_id":"a","reasoning":"r","outcome":{"success":true,"result":{{n}},"timestamp":"2026-11-20T23:57:50"} }
            """);
        return $$"""
            {"id":"{{id}}","goal_id":"g","started_at":"2026-11-20T23:57:49.287985","status":"completed","completed_at":"2026-11-20T23:58:00",
             "decisions":[{{string.Join(',', decisions)}}],"problems":[],"metrics":{},"narrative":"{{narrative}}"}
            """;
    }

    private static string Id(int n) => "run_" + n.ToString("D6", CultureInfo.InvariantCulture);
}
