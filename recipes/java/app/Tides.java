import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Answers how high the water stands now, by the rule of twelfths. */
public class Tides {
  /** Twelfths of the range, by the hour since low water. */
  private static final int[] TWELFTHS = {0, 1, 3, 6, 9, 11, 12, 11, 9, 6, 3, 1};

  static int twelfths(long seconds) {
    return TWELFTHS[(int) (seconds / 3726 % 12)];
  }

  public static void main(String[] words) throws Exception {
    if (words.length == 1 && words[0].equals("--check")) {
      if (twelfths(0) != 0 || twelfths(6 * 3726) != 12) throw new AssertionError("the tide is wrong");
      return;
    }
    HttpServer server = HttpServer.create(new InetSocketAddress(80), 0);
    server.createContext("/", exchange -> {
      String text = twelfths(System.currentTimeMillis() / 1000) + "/12\n";
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    });
    server.start();
  }
}
