import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.MachineComplexityEvaluator;

/**
 * Asks AWS's own matcher. Reads one JSON object per line and answers each with a line, in order:
 * {"rules": [pattern, …], "events": [event, …]} → {"valid": [true | reason, …], "matches": [[rule index, …] | error, …]}
 * {"complexity": pattern} → {"complexity": n}
 * {"bench": {"rules": […], "events": […], "seconds": s}} → {"perSecond": events per second of processor time, including parsing, on one thread}
 */
public class Oracle {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode question = JSON.readTree(line);
      ObjectNode answer = JSON.createObjectNode();
      if (question.has("complexity")) {
        Machine machine = Machine.builder().build();
        machine.addRule("0", question.get("complexity").textValue());
        answer.put("complexity", machine.evaluateComplexity(new MachineComplexityEvaluator(1000)));
      } else if (question.has("bench")) {
        answer.put("perSecond", bench(question.get("bench")));
      } else {
        judge(question, answer);
      }
      out.println(JSON.writeValueAsString(answer));
    }
  }

  private static void judge(JsonNode question, ObjectNode answer) {
    ArrayNode valid = answer.putArray("valid");
    List<Machine> machines = new ArrayList<>();
    for (JsonNode rule : question.get("rules")) {
      // The finder that AWS documents. The new one of 2.1 loses values outside an array when the same path has others inside.
      Machine machine = Machine.builder().withStructuredMatching(false).build();
      try {
        machine.addRule("rule", rule.textValue());
        valid.add(true);
        machines.add(machine);
      } catch (Exception refused) {
        valid.add(String.valueOf(refused.getMessage()));
        machines.add(null);
      }
    }
    ArrayNode matches = answer.putArray("matches");
    for (JsonNode event : question.get("events")) {
      ArrayNode matched = JSON.createArrayNode();
      String failure = null;
      for (int i = 0; i < machines.size(); i++) {
        if (machines.get(i) == null) continue;
        try {
          if (!machines.get(i).rulesForJSONEvent(event.textValue()).isEmpty()) matched.add(i);
        } catch (Exception unreadable) {
          failure = String.valueOf(unreadable.getMessage());
        }
      }
      if (failure == null) matches.add(matched);
      else matches.add(failure);
    }
  }

  private static double bench(JsonNode question) throws Exception {
    Machine machine = Machine.builder().build();
    int name = 0;
    for (JsonNode rule : question.get("rules")) machine.addRule("rule" + name++, rule.textValue());
    List<String> events = new ArrayList<>();
    for (JsonNode event : question.get("events")) events.add(event.textValue());
    long limit = (long) (question.get("seconds").doubleValue() * 1e9);
    run(machine, events, limit);
    return run(machine, events, limit);
  }

  private static double run(Machine machine, List<String> events, long limit) throws Exception {
    // Processor time of this thread, so that other load on the machine doesn't count.
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    long count = 0;
    long matched = 0;
    while (threads.getCurrentThreadCpuTime() - start < limit) {
      for (String event : events) matched += machine.rulesForJSONEvent(event).size();
      count += events.size();
    }
    if (matched < 0) throw new IllegalStateException();
    return count / ((threads.getCurrentThreadCpuTime() - start) / 1e9);
  }
}
